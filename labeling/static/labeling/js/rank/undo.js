/* The half minute after a submission in which it can be taken back. The ranking is stored all the while: taking it back
   opens it again, and what is submitted then supersedes it. */
import { format, gettext } from "./i18n.js";

const WINDOW_MS = 30_000;

export class UndoWindow {
  #record = null;
  #timer = 0;

  constructor(button, onUndo) {
    this.button = button;
    this.left = button.querySelector("[data-undo-left]");
    button.addEventListener("click", onUndo);
    // A click leaves no focus behind: the next Enter is meant for the prompt.
    button.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /* record: {key, ranking, pristine, content}: the entry in the outbox, the ranking's id once there is one, and the task. */
  open(record) {
    this.resume(Object.assign(record, { until: Date.now() + WINDOW_MS }));
  }

  /* Back from a revision that changed nothing: what is left of the time goes on. */
  resume(record) {
    this.#record = record;
    this.#show();
  }

  get isOpen() {
    return this.#record !== null && Date.now() < this.#record.until;
  }

  take() {
    const record = this.isOpen ? this.#record : null;
    this.close();
    return record;
  }

  close() {
    this.#record = null;
    this.#show();
  }

  #show = () => {
    clearTimeout(this.#timer);
    const left = Math.ceil(((this.#record?.until ?? 0) - Date.now()) / 1000);
    this.button.hidden = left <= 0;
    this.left.textContent = format(gettext("%(seconds)s s"), { seconds: left });
    if (left > 0) this.#timer = setTimeout(this.#show, 1000);
    else this.#record = null;
  };
}
