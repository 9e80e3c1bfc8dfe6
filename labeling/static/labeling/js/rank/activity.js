/* When somebody was last here: a key, a pointer, a scroll. Reading without any of it counts for a while by whoever asks. */

const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchmove", "scroll"];

export class Activity {
  last = Date.now();
  #heard = new Set();

  constructor() {
    for (const sign of SIGNS) document.addEventListener(sign, this.#seen, { passive: true, capture: true });
  }

  /* Calls `heard()` at the first sign after at least a second without one. */
  listen(heard) {
    this.#heard.add(heard);
  }

  #seen = () => {
    const before = this.last;
    this.last = Date.now();
    if (this.last - before > 1000) for (const heard of this.#heard) heard(before);
  };
}
