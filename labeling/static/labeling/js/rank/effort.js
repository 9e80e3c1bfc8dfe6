/* How a ranking comes about: time in view, active time, time to the first response ranked, moves, means of input. It goes
   on where a draft's left off. A tab in the background, or a closed laptop, stops the clock. */

// Nothing pressed, moved or scrolled for so long: what follows is no work any more.
export const IDLE_AFTER_SECONDS = 30;

const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchmove", "input"];

export class Effort {
  #seconds;
  #active;
  #since = null;
  #lastSign = 0;
  #means = "keyboard";

  constructor(before) {
    this.#seconds = number(before?.seconds) ?? 0;
    this.#active = number(before?.active_seconds) ?? 0;
    this.firstTouch = number(before?.first_touch_seconds);
    this.moves = Math.trunc(number(before?.moves) ?? 0);
    this.methods = new Set(Array.isArray(before?.input_methods) ? before.input_methods : []);
    this.#turn();
    document.addEventListener("visibilitychange", this.#turn);
    for (const sign of SIGNS) document.addEventListener(sign, this.#note, { capture: true, passive: true });
  }

  get seconds() {
    return this.#seconds + (this.#since === null ? 0 : now() - this.#since);
  }

  get active() {
    return this.#active + (this.#since === null ? 0 : Math.min(now() - this.#lastSign, IDLE_AFTER_SECONDS));
  }

  /* A step that changed the order (`moved`) or something beside it. */
  count({ moved }) {
    this.methods.add(this.#means);
    if (!moved) return;
    this.moves += 1;
    this.firstTouch ??= this.seconds;
  }

  get content() {
    return {
      seconds: tenths(this.seconds),
      active_seconds: tenths(this.active),
      first_touch_seconds: this.firstTouch === null ? null : tenths(this.firstTouch),
      moves: this.moves,
      input_methods: [...this.methods],
    };
  }

  stop() {
    this.#pause();
    document.removeEventListener("visibilitychange", this.#turn);
    for (const sign of SIGNS) document.removeEventListener(sign, this.#note, { capture: true });
  }

  #turn = () => {
    this.#pause();
    if (document.hidden) return;
    this.#since = this.#lastSign = now();
  };

  #pause() {
    this.#seconds = this.seconds;
    this.#active = this.active;
    this.#since = null;
  }

  #note = (event) => {
    if (event.type === "keydown") this.#means = "keyboard";
    // A screen reader's press comes without a pointer's type.
    if (event.type === "pointerdown") this.#means = event.pointerType || "keyboard";
    if (this.#since === null) return;
    this.#active = this.active;
    this.#lastSign = now();
  };
}

const now = () => performance.now() / 1000;

const tenths = (seconds) => Math.round(seconds * 10) / 10;

const number = (value) => (Number.isFinite(value) && value >= 0 ? value : null);
