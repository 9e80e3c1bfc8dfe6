/* Seconds that a prompt was on screen: a tab in the background, or a closed laptop, stops the clock. */
export class Clock {
  #before;
  #since;

  constructor(before = 0) {
    this.#before = Number.isFinite(before) ? before : 0;
    this.#since = document.hidden ? null : performance.now();
    document.addEventListener("visibilitychange", this.#turn);
  }

  get seconds() {
    const running = this.#since === null ? 0 : (performance.now() - this.#since) / 1000;
    return Math.round((this.#before + running) * 10) / 10;
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#turn);
  }

  #turn = () => {
    this.#before = this.seconds;
    this.#since = document.hidden ? null : performance.now();
  };
}
