/* A draft lies in this browser at once and on the server a moment later, so that neither a crash nor another device loses it. */
import { saveDraft } from "./api.js";
import { read, remove, write } from "./store.js";

const QUIET_MS = 1200;

export class Draft {
  #timer = 0;
  #waiting = null;

  constructor(user, assignment) {
    this.user = user;
    this.assignment = assignment;
    window.addEventListener("pagehide", this.flush);
  }

  /* The newer of what the server sent along and what this browser has. */
  newest(fromServer) {
    const here = read(this.user, "draft", this.assignment);
    return (here?.saved_at ?? 0) > (fromServer?.saved_at ?? 0) ? here : fromServer;
  }

  keep(content) {
    this.#waiting = { ...content, saved_at: Date.now() };
    write(this.user, "draft", this.assignment, this.#waiting);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.flush, QUIET_MS);
  }

  flush = () => {
    clearTimeout(this.#timer);
    if (this.#waiting) saveDraft(this.assignment, this.#waiting);
    this.#waiting = null;
  };

  /* Submitted or skipped: nothing is left to keep. */
  discard() {
    this.stop();
    remove(this.user, "draft", this.assignment);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#waiting = null;
    window.removeEventListener("pagehide", this.flush);
  }
}
