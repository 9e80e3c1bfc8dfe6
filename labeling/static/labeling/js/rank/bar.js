/* The bar at the foot: the sentence, what is missing, the buttons, and what went wrong. */
import { missing } from "./state.js";
import { reason } from "./words.js";

const TOUCH = window.matchMedia("(hover: none) and (pointer: coarse)");

export class Bar {
  constructor(root) {
    this.root = root;
    this.sentence = root.querySelector("[data-sentence]");
    this.reason = root.querySelector("[data-reason]");
    this.notice = root.querySelector("[data-notice]");
    this.submit = root.querySelector('[data-do="submit"]');
  }

  listen(command) {
    for (const button of this.root.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => command(button.dataset.do));
      // Else a click would leave the focus here, and the next Enter would press this button instead of submitting.
      button.addEventListener("mousedown", (event) => event.preventDefault());
    }
  }

  show(state, { ids, letterOf, acceptable, busy }) {
    this.sentence.replaceChildren(...chips(state, letterOf, acceptable));
    const touch = TOUCH.matches;
    this.reason.textContent = busy ? "" : reason(state, ids, letterOf, { touch }) || (touch ? "" : "Enter submits");
    this.submit.disabled = busy || missing(state, ids).length > 0;
    this.submit.textContent = busy ? "Saving…" : "Submit";
    this.#press("tie", state.tying);
    this.#press("none", acceptable !== null && acceptable.size === 0);
    this.#button("back").disabled = busy || !this.canUndo;
  }

  /* Says `text` until the next change; `action` {label, href} or {label, run} is what can be done about it. */
  say(text, action = null) {
    this.notice.replaceChildren(text);
    if (action) this.notice.append(" ", actionElement(action));
    this.notice.hidden = !text;
  }

  #press(name, pressed) {
    this.#button(name)?.setAttribute("aria-pressed", String(pressed));
  }

  #button(name) {
    return this.root.querySelector(`[data-do="${name}"]`);
  }
}

function chips(state, letterOf, acceptable) {
  const parts = [];
  state.tiers.forEach((tier, index) => {
    if (index) parts.push(mark(">"));
    if (!tier.length) parts.push(chip("·", "open"));
    tier.forEach((id, at) => {
      if (at) parts.push(mark("="));
      parts.push(chip(letterOf(id), `${index ? "" : "best"} ${acceptable?.has(id) ? "ok" : ""}`));
    });
  });
  if (state.tying) parts.push(mark("="), chip("·", "open"));
  return parts.flatMap((part) => [part, " "]);
}

function chip(text, kind) {
  const element = document.createElement("b");
  element.className = `chip ${kind}`.trim();
  element.textContent = text;
  return element;
}

function mark(text) {
  const element = document.createElement("span");
  element.className = "mark";
  element.textContent = text;
  return element;
}

function actionElement({ label, href, run }) {
  const element = document.createElement(href ? "a" : "button");
  element.className = "button small";
  element.textContent = label;
  if (href) element.href = href;
  else element.addEventListener("click", run);
  return element;
}
