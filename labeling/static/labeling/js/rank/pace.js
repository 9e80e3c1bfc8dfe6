/* The numbers in the header: the project's progress, today's rankings and one's own pace, brought up to date by each
   ranking without asking the server. */
import { format, gettext } from "./i18n.js";

/* Fewer say nothing about a pace of today; until then the server's, over the last days, stands. */
const ENOUGH = 3;
const LAST = 5;

export class Pace {
  #counted = new Map();

  constructor(root) {
    this.today = root.querySelector("[data-mine]");
    this.progress = root.querySelector("[data-progress]");
    this.pace = root.querySelector("[data-pace]");
    this.rendered = Date.parse(this.today.dataset.at);
    this.#show(Number(this.pace.dataset.pace) || null);
  }

  /* The last rankings that were counted, for a tab that has just been opened. */
  get last() {
    return [...this.#counted.values()].slice(-LAST);
  }

  /* A ranking {id, at, seconds}: when the server stored it, and the seconds of activity it took or null. One that the page
     came with, or that another tab has told of before, counts once. */
  add(ranking) {
    if (ranking.at <= this.rendered || this.#counted.has(ranking.id)) return;
    this.#counted.set(ranking.id, ranking);
    this.today.textContent = Number(this.today.textContent) + 1;
    this.progress.value += 1;
    const seconds = [...this.#counted.values()].map((one) => one.seconds).filter((one) => one !== null);
    if (seconds.length >= ENOUGH) this.#show(median(seconds));
  }

  #show(seconds) {
    this.pace.hidden = seconds === null;
    if (seconds === null) return;
    const whole = Math.round(seconds);
    const text = whole < 60 ? gettext("%(seconds)s s each") : gettext("%(minutes)s min %(seconds)s s each");
    this.pace.textContent = format(text, { minutes: Math.floor(whole / 60), seconds: whole % 60 });
  }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
