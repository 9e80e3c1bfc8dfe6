/* The next prompt, fetched and parsed while the present one is read, so that it can be shown the moment it is wanted. */
import { fragment } from "./api.js";

const TRY_AGAIN_MS = 5000;

/* {root, pristine, task, at} of a fragment: `pristine` stays untouched, for showing the same task afresh later. Null when
   the fragment holds neither a task nor the end of the work. */
export function parse(html) {
  const root = new DOMParser().parseFromString(html, "text/html").querySelector("[data-task], [data-finished]");
  return root && { root: document.adoptNode(root), pristine: root.cloneNode(true), task: root.dataset.task ?? "", at: Date.now() };
}

export class Ahead {
  #ready = null;
  #coming = null;
  #timer = 0;

  /* `onReady(next)` is told of each prompt that has been lent ahead. */
  constructor(url, onReady) {
    this.url = url;
    this.onReady = onReady;
  }

  get task() {
    return this.#ready?.task ?? "";
  }

  /* Fetches what follows `task`, once. `isWanted()` says whether another try still makes sense. */
  prepare(task, isWanted) {
    clearTimeout(this.#timer);
    if (this.#ready || this.#coming) return;
    this.#coming = this.#fetch(task).then((answered) => {
      this.#coming = null;
      if (!answered) this.#timer = setTimeout(() => isWanted() && this.prepare(task, isWanted), TRY_AGAIN_MS);
      if (this.#ready) this.onReady(this.#ready);
    });
  }

  take() {
    const next = this.#ready;
    this.#ready = null;
    return next;
  }

  /* What is being fetched at this moment, or null. */
  async coming() {
    await this.#coming;
    return this.take();
  }

  drop() {
    this.#ready = null;
  }

  async #fetch(task) {
    const { html, status } = await fragment(`${this.url}?after=${task}`);
    const next = html && parse(html);
    // "Nothing left" may have changed by the time it is needed, so it is asked again then.
    this.#ready = next?.task ? next : null;
    return status === 200 || status === 401;
  }
}
