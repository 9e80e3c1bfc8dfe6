/* The order as a row of chips, `B > A = D | > C`, and the letters that are still missing. Every chip is a button: a tap or
   drag, or the arrow keys, edit the order right there. */
import { draggable } from "./drag.js";
import { format, gettext } from "./i18n.js";
import { LINE } from "./row.js";
import { isRanked, isShown, missing, placeOf } from "./state.js";
import { placeWords, shownWords, spoken } from "./words.js";

// What is brought into view brings some of what stands beside it.
const REVEALED_PX = 48;

export class Sentence {
  #chips = new Map();
  #current = null;

  constructor(root, { ids, letterOf }) {
    this.root = root.querySelector("[data-order]");
    this.ranked = root.querySelector("[data-sentence]");
    this.left = root.querySelector("[data-missing]");
    this.ids = ids;
    this.letterOf = letterOf;
    const hint = root.querySelector("[data-chip-help]").id;
    for (const id of [...ids, LINE]) this.#chips.set(id, chip(id, id === LINE ? LINE : letterOf(id), hint));
    this.#chips.get(LINE).classList.add("line");
    this.#chips.get(LINE).dataset.words = gettext("OK above");
  }

  /* on: {press(id), nudge(id, step), lift(id), drop(id, target), yours()}; `drop` as in drag.js; `hint(text)` says what a drop would do. */
  listen(on, { ties, hint }) {
    this.on = on;
    this.root.addEventListener("click", (event) => this.#pressed(event));
    this.root.addEventListener("keydown", (event) => this.#keyed(event));
    this.root.addEventListener("focusin", (event) => this.#rove(event.target.dataset.chip ?? this.#current));
    draggable(this.root, { ties, letterOf: this.letterOf, drop: on.drop, hint });
  }

  show(state, { yours }) {
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    const left = missing(state, this.ids);
    for (const id of this.ids) this.#paint(id, state);
    this.#chips.get(LINE).setAttribute("aria-label", format(gettext("Line: %(words)s"), { words: shownWords(state, this.letterOf) }));
    this.ranked.replaceChildren(...this.#row(state, yours).flatMap((part, index) => (index ? [" ", part] : [part])));
    this.ranked.setAttribute("aria-label", this.#label(state));
    this.left.replaceChildren(...left.map((id) => this.#chips.get(id)));
    this.#rove(this.#current);
    focused?.focus({ preventScroll: true });
  }

  /* What was moved last stays in view where the row is longer than the screen. */
  reveal(id) {
    const chip = this.#chips.get(id)?.getBoundingClientRect();
    const { left, right } = this.root.getBoundingClientRect();
    // Not scrollIntoView: the page is for reading and stays where it is.
    if (chip) this.root.scrollLeft += Math.min(0, chip.left - left - REVEALED_PX) + Math.max(0, chip.right - right + REVEALED_PX);
  }

  #row(state, yours) {
    const parts = yours ? [this.#yours()] : [];
    state.tiers.forEach((tier, index) => {
      if (state.line === index) parts.push(this.#chips.get(LINE));
      if (index || yours) parts.push(mark(">"));
      if (!tier.length) parts.push(open());
      tier.forEach((id, at) => parts.push(...(at ? [mark("=")] : []), this.#chips.get(id)));
    });
    if (state.tying) parts.push(mark("="), open());
    if (state.line === state.tiers.length) parts.push(this.#chips.get(LINE));
    return parts;
  }

  #paint(id, state) {
    const element = this.#chips.get(id);
    const shown = isShown(state, id);
    const values = { letter: this.letterOf(id), place: placeWords(state, id, this.letterOf) };
    element.dataset.tier = placeOf(state, id)?.place ?? "";
    element.classList.toggle("open", !isRanked(state, id));
    element.classList.toggle("ok", shown);
    element.classList.toggle("under", state.line !== null && !shown && isRanked(state, id));
    element.classList.toggle("best", state.tiers[0]?.includes(id) ?? false);
    if (!isRanked(state, id)) element.setAttribute("aria-label", values.place);
    else element.setAttribute("aria-label", format(shown ? gettext("%(letter)s: %(place)s, may be shown") : gettext("%(letter)s: %(place)s"), values));
  }

  #label(state) {
    if (!state.tiers.length) return gettext("Your order: nothing ranked yet");
    return format(gettext("Your order: %(order)s"), { order: spoken(state.tiers, this.letterOf) });
  }

  #yours() {
    const element = chip("", gettext("yours"));
    element.classList.add("yours");
    element.title = gettext("The response that you wrote stands above the others.");
    delete element.dataset.chip;
    element.dataset.yours = "";
    return element;
  }

  #pressed(event) {
    const element = event.target.closest("button");
    if (element?.dataset.chip) this.on.press(element.dataset.chip);
    else if (element) this.on.yours();
  }

  #keyed(event) {
    const id = event.target.dataset.chip;
    const keys = {
      ArrowLeft: () => this.on.nudge(id, -1),
      ArrowRight: () => this.on.nudge(id, 1),
      ArrowUp: () => this.#focus(-1),
      ArrowDown: () => this.#focus(1),
      Delete: () => this.on.lift(id),
    };
    if (!id || !keys[event.key] || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    keys[event.key]();
  }

  #focus(step) {
    const all = this.#present();
    all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
  }

  #present() {
    return [...this.root.querySelectorAll("[data-chip]")];
  }

  /* One stop for the Tab key: the chip that had the focus last. */
  #rove(id) {
    this.#current = id;
    const all = this.#present();
    const stop = all.find((element) => element.dataset.chip === id) ?? all[0];
    for (const element of all) element.tabIndex = element === stop ? 0 : -1;
  }
}

function chip(id, text, hint) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "chip";
  element.dataset.chip = id;
  element.textContent = text;
  if (hint) element.setAttribute("aria-describedby", hint);
  return element;
}

function open() {
  const element = mark("·");
  element.className = "chip open";
  return element;
}

function mark(text) {
  const element = document.createElement("span");
  element.className = "mark";
  element.textContent = text;
  element.setAttribute("aria-hidden", "true");
  return element;
}
