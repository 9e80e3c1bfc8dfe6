/* A reminder of a break after so many minutes of work without one. Minutes and off-switch are this browser's. */
import { format, gettext } from "./i18n.js";
import { read, write } from "./store.js";

const BREAK_MS = 5 * 60_000;
const TICK_MS = 15_000;
const MINUTES = 50;

export class Pause {
  /* `onDue(text)` shows the reminder, `onOver()` takes it away after a break. */
  constructor(user, activity, { onDue, onOver }) {
    Object.assign(this, { user, activity, onDue, onOver });
    // A reload is no break.
    const before = read(user, "work");
    this.since = before && Date.now() - before.last < BREAK_MS ? before.since : Date.now();
    this.said = false;
    setInterval(this.#tick, TICK_MS);
  }

  /* 0 for never. */
  get minutes() {
    return read(this.user, "pause-minutes") ?? MINUTES;
  }

  set minutes(minutes) {
    write(this.user, "pause-minutes", "", minutes);
    this.again();
  }

  /* Counts from now. */
  again() {
    this.since = Date.now();
    this.said = false;
    this.onOver();
  }

  #tick = () => {
    const { last } = this.activity;
    if (Date.now() - last >= BREAK_MS) {
      if (this.said) this.onOver();
      this.said = false;
      this.since = null;
      return;
    }
    this.since ??= last;
    write(this.user, "work", "", { since: this.since, last });
    const worked = (Date.now() - this.since) / 60_000;
    if (this.said || !this.minutes || worked < this.minutes) return;
    this.said = true;
    this.onDue(format(gettext("You have worked for %(minutes)s minutes without a break. A few minutes away keep your judgement fresh."), { minutes: Math.floor(worked) }));
  };
}
