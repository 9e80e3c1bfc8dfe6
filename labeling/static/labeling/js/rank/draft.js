/* A draft lies in this browser at once and on the server a moment later, so that neither a crash nor another device
   loses it. Revisions and practice have no place on the server; theirs stays in the browser. */
import { saveDraft } from "./api.js";
import { read, remove, write } from "./store.js";

const QUIET_MS = 1200;

export class Draft {
  #timer = 0;
  #waiting = null;

  /* `onKept(where)` is told "server" or "browser" after each saving. */
  constructor(user, name, { onServer, onKept }) {
    this.user = user;
    this.name = name;
    this.onServer = onServer;
    this.onKept = onKept;
    window.addEventListener("pagehide", this.flush);
  }

  /* The newer of what the server sent along and what this browser has. */
  newest(fromServer) {
    const here = read(this.user, "draft", this.name);
    return (here?.saved_at ?? 0) > (fromServer?.saved_at ?? 0) ? here : fromServer;
  }

  keep(content) {
    this.#waiting = this.#stamped(content);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.flush, QUIET_MS);
  }

  /* What another tab has sent to the server already. */
  note(content) {
    this.#stamped(content);
  }

  flush = async () => {
    clearTimeout(this.#timer);
    const content = this.#waiting;
    this.#waiting = null;
    if (!content) return;
    const answer = this.onServer ? await saveDraft(this.name, content) : { ok: false };
    this.onKept(answer.ok ? "server" : "browser");
  };

  /* Submitted, skipped or given up: nothing is left to keep, unless the server refuses it. */
  discard() {
    this.#forget();
    remove(this.user, "draft", this.name);
  }

  stop() {
    this.onKept = () => {};
    this.#forget();
    window.removeEventListener("pagehide", this.flush);
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#waiting = null;
  }

  #stamped(content) {
    const stamped = { ...content, saved_at: Date.now() };
    write(this.user, "draft", this.name, stamped);
    return stamped;
  }
}
