/* The bar at the foot: what is missing, the buttons, and what has to be said or asked. The order in it is sentence.js. */
import { format, gettext, ngettext } from "./i18n.js";
import { missing } from "./state.js";
import { lack } from "./words.js";

const TOUCH = window.matchMedia("(hover: none) and (pointer: coarse)");

export class Bar {
  constructor(root, { revising }) {
    this.root = root;
    this.reason = root.querySelector("[data-reason]");
    this.notice = root.querySelector("[data-notice]");
    this.submit = root.querySelector('[data-do="submit"]');
    this.submitLabel = revising ? this.submit.dataset.revising : this.submit.textContent;
    this.more = root.querySelector("[data-more]");
    // A prompt that has been ranked is passed on to nobody.
    if (revising) this.#button("skip")?.remove();
  }

  listen(command) {
    for (const button of this.root.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => {
        this.unfold(false);
        command(button.dataset.do);
      });
    }
    this.more.addEventListener("click", () => this.unfold(!this.isUnfolded));
    // Else a click would leave the focus here, and the next Enter would press this button instead of submitting.
    this.root.addEventListener("mousedown", (event) => event.target.closest("button") && event.preventDefault());
  }

  /* readFor: seconds that the prompt must still be in view before it can be submitted. */
  show(state, { ids, letterOf, canUndo, canRedo, busy, readFor }) {
    this.waiting = readFor > 0 && !busy;
    const why = lack(state, ids, letterOf, { touch: this.touch });
    const ready = this.touch ? gettext("All are ranked") : gettext("All are ranked: Enter submits");
    this.reason.textContent = busy ? gettext("Saving…") : why || (this.waiting ? reading(readFor) : ready);
    this.reason.classList.toggle("ready", !why && !busy && !this.waiting);
    this.submit.textContent = this.#submitText(busy, readFor);
    rest(this.submit, busy || this.waiting || missing(state, ids).length > 0);
    press(this.#button("tie"), state.tying);
    press(this.#button("line"), state.line !== null && state.line > 0);
    press(this.#button("none"), state.line === 0);
    rest(this.#button("back"), busy || !canUndo);
    rest(this.#button("redo"), busy || !canRedo);
  }

  /* Says `text` until the next change; `action` {label, href} or {label, run} is what can be done about it. */
  say(text, action = null) {
    delete this.notice.dataset.confirm;
    this.notice.replaceChildren(text);
    if (action) this.notice.append(" ", actionElement(action));
    this.notice.hidden = !text;
  }

  /* A question that waits for `action` and for the key that confirms. */
  ask(text, action) {
    this.say(text, action);
    this.notice.dataset.confirm = "";
    this.reason.textContent = "";
  }

  get touch() {
    return TOUCH.matches;
  }

  get asks() {
    return "confirm" in this.notice.dataset;
  }

  /* What a drag would do, in the place of the reason; "" ends it. */
  hint(text) {
    if (text) this.reason.textContent = text;
    this.root.classList.toggle("dragging", Boolean(text));
  }

  #submitText(busy, readFor) {
    if (busy) return gettext("Saving…");
    return this.waiting ? format(gettext("Read first: %(seconds)s s"), { seconds: Math.ceil(readFor) }) : this.submitLabel;
  }

  /* Where there is no room for all buttons, some are behind "More". */
  unfold(open) {
    this.more.setAttribute("aria-expanded", String(open));
  }

  get isUnfolded() {
    return this.more.getAttribute("aria-expanded") === "true";
  }

  #button(name) {
    return this.root.querySelector(`[data-do="${name}"]`);
  }
}

export const reading = (readFor) => {
  const seconds = Math.ceil(readFor);
  const text = ngettext(
    "This project asks for some time to read. You can submit in %(seconds)s second.",
    "This project asks for some time to read. You can submit in %(seconds)s seconds.",
    seconds,
  );
  return format(text, { seconds });
};

const press = (button, pressed) => button?.setAttribute("aria-pressed", String(pressed));

/* A resting button keeps the focus and can still say why it rests. */
const rest = (button, resting) => button?.setAttribute("aria-disabled", String(resting));

function actionElement({ label, href, run }) {
  const element = document.createElement(href ? "a" : "button");
  element.className = "button small";
  element.textContent = label;
  if (href) element.href = href;
  else {
    element.type = "button";
    element.addEventListener("click", run);
  }
  return element;
}
