/* What a project may ask beside the order: ratings and flags of each response, and confidence. A key takes the focus there,
   digits answer, and the focus goes on to the next one that is asked. */
import { format, gettext } from "./i18n.js";
import { FLAGS, beSure, hasFlag, rate, ratingOf, toggleFlag } from "./marks.js";
import { read, write } from "./store.js";

const HIGHEST = 5;

export class Asks {
  constructor(root, { letterOf, user }) {
    this.root = root;
    this.letterOf = letterOf;
    openTogether([...root.querySelectorAll("[data-ratings]")], user);
  }

  /* `step(edit, said)`: edit makes the next state. Mouse, touch and the radios' own arrow keys arrive as changes. */
  listen(step) {
    this.step = step;
    this.root.addEventListener("change", ({ target }) => {
      const asked = target.closest("[data-asked]");
      if (asked) this.#say(asked, asked.dataset.asked === "flags" ? FLAGS.indexOf(target.value) + 1 : Number(target.value));
    });
    this.root.addEventListener("keydown", (event) => {
      const asked = event.target.closest("[data-asked]");
      if (event.key !== "Delete" || asked?.dataset.asked === "flags") return;
      if (asked) this.#say(asked, null);
    });
  }

  show(state) {
    for (const asked of this.root.querySelectorAll("[data-asked]")) {
      const id = idOf(asked);
      for (const input of asked.querySelectorAll("input")) input.checked = isSaid(state, asked, id, input.value);
    }
  }

  /* The first of the next card when the focus is there already. */
  goTo(kind) {
    const all = this.#all(kind);
    const here = document.activeElement.closest("[data-card]");
    const already = document.activeElement.closest(`[data-asked="${kind}"]`);
    const cards = [...new Set(all.map((asked) => asked.closest("[data-card]")))];
    const card = already ? cards[(cards.indexOf(here) + 1) % cards.length] : (here ?? cards[0]);
    const own = all.filter((asked) => asked.closest("[data-card]") === card);
    focus(own.find((asked) => !asked.querySelector(":checked")) ?? own[0] ?? all[0]);
  }

  /* A digit on one that has the focus; the focus goes on, and leaves after the last. */
  answer(target, value) {
    const asked = target.closest("[data-asked]");
    const flags = asked.dataset.asked === "flags";
    if (value > (flags ? FLAGS.length : HIGHEST)) return;
    this.#say(asked, value);
    if (flags) return;
    const all = this.#all(asked.dataset.asked);
    const next = all[all.indexOf(asked) + 1];
    if (next) focus(next);
    // Not back to the card, where one digit too many would be a place in the order.
    else document.activeElement.blur();
  }

  get has() {
    return Boolean(document.activeElement.closest("[data-asked]"));
  }

  /* Back to the card, or to the page. */
  leave() {
    const card = document.activeElement.closest("[data-card]");
    if (card) card.focus({ preventScroll: true });
    else document.activeElement.blur();
  }

  #say(asked, value) {
    const id = idOf(asked);
    const { asked: kind, dimension } = asked.dataset;
    const values = { letter: id && this.letterOf(id), dimension, value: value ?? gettext("not said") };
    if (kind === "ratings") {
      this.step((state) => rate(state, id, dimension, value), format(gettext("%(letter)s, %(dimension)s: %(value)s"), values));
    } else if (kind === "flags") {
      const name = FLAGS[value - 1];
      values.name = asked.querySelectorAll("label")[value - 1].textContent.trim();
      this.step(
        (state) => toggleFlag(state, id, name),
        (state) => format(hasFlag(state, id, name) ? gettext("%(letter)s: %(name)s") : gettext("%(letter)s: not %(name)s"), values),
      );
    } else {
      this.step((state) => (value === null ? { ...state, confidence: null } : beSure(state, value)), format(gettext("Confidence: %(value)s"), values));
    }
  }

  #all(kind) {
    return [...this.root.querySelectorAll(`[data-asked="${kind}"]`)].filter((asked) => !asked.closest("[hidden]"));
  }
}

/* Open or closed on one card, ratings are so on all, and stay so: responses are rated against each other. */
function openTogether(all, user) {
  const open = (opened) => all.forEach((ratings) => (ratings.open = opened));
  open(read(user, "ratings-open") ?? false);
  for (const ratings of all) {
    ratings.addEventListener("toggle", () => {
      write(user, "ratings-open", "", ratings.open);
      open(ratings.open);
    });
  }
}

function isSaid(state, asked, id, value) {
  const { asked: kind, dimension } = asked.dataset;
  if (kind === "flags") return hasFlag(state, id, value);
  return String(kind === "ratings" ? ratingOf(state, id, dimension) : state.confidence) === value;
}

const idOf = (asked) => asked.closest("[data-card]")?.dataset.card;

function focus(asked) {
  const details = asked.closest("details");
  if (details) details.open = true;
  (asked.querySelector(":checked") ?? asked.querySelector("input")).focus();
}
