/* The lease of the prompts at hand: renewed while somebody is active, so that an idle tab holds none all night; in its
   last minutes the time left is shown. Times are counted from the moment of renewal by this browser's clock alone,
   which may be wrong by any amount against the server's. */
import { heartbeat, isSignedOut } from "./api.js";

const TICK_MS = 1000;
const SHOWN_BELOW_MS = 180_000;

export class Lease {
  #held = new Map();
  #minutes = 0;

  /* page: {onLeft(ms or null), onLost(task), onRenewed(), onSignedOut()}; `activity` says when somebody was last here. */
  constructor(activity, page) {
    this.activity = activity;
    this.page = page;
    setInterval(this.#tick, TICK_MS);
    activity.listen(this.#tick);
  }

  /* `task` was lent or renewed at that time. */
  hold(task, minutes, since) {
    this.#minutes = minutes;
    this.#held.set(task, { since: this.#held.get(task)?.since ?? since, beating: false });
  }

  release(task) {
    this.#held.delete(task);
  }

  /* The one on screen, whose time left is shown; "" for none. */
  show(task) {
    this.shown = task;
    this.#tick();
  }

  get #length() {
    return this.#minutes * 60_000;
  }

  #tick = () => {
    const now = Date.now();
    for (const [task, lease] of this.#held) {
      const age = now - lease.since;
      const seen = this.activity.last > lease.since;
      if (seen && age > this.#length / 3 && now - this.activity.last < this.#length / 3) this.#beat(task, lease);
    }
    const lease = this.#held.get(this.shown);
    const left = lease && lease.since + this.#length - now;
    this.page.onLeft(lease && left < Math.min(SHOWN_BELOW_MS, this.#length / 2) ? Math.max(0, left) : null);
  };

  async #beat(task, lease) {
    if (lease.beating) return;
    lease.beating = true;
    const began = Date.now();
    const answer = await heartbeat(task);
    if (answer.ok) {
      lease.since = began;
      this.page.onRenewed();
    } else if (answer.status === 409) {
      if (this.#held.delete(task)) this.page.onLost(task);
    } else if (isSignedOut(answer)) this.page.onSignedOut();
    // With no answer the next try waits a little; the countdown goes on meanwhile.
    setTimeout(() => (lease.beating = false), answer.ok ? 0 : 10_000);
  }
}
