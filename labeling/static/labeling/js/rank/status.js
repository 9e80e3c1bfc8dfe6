/* The quiet line under the bar: what was saved, what waits to be sent, when the draft was kept, how long a lease runs. */
import { format, gettext, ngettext } from "./i18n.js";

const TOAST_MS = 30_000;

export class StatusLine {
  #timer = 0;

  constructor(root) {
    const part = (name) => root.querySelector(`[data-${name}]`);
    Object.assign(this, { toastText: part("toast"), waitingText: part("waiting"), keptText: part("kept"), leaseText: part("lease") });
  }

  toast(text) {
    clearTimeout(this.#timer);
    show(this.toastText, text);
    this.#timer = setTimeout(() => show(this.toastText, ""), TOAST_MS);
  }

  waiting(count) {
    const text = format(ngettext("%(count)s ranking waits to be sent", "%(count)s rankings wait to be sent", count), { count });
    show(this.waitingText, count ? text : "");
  }

  /* where: "server", "browser", or "" for nothing kept yet. */
  kept(where) {
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const words = { server: gettext("Draft saved %(time)s"), browser: gettext("Draft kept in this browser %(time)s") };
    show(this.keptText, where ? format(words[where], { time }) : "");
  }

  /* ms until the prompt goes back to the others; null while there is time. */
  lease(ms) {
    const seconds = Math.ceil((ms ?? 0) / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const words = seconds ? gettext("This prompt is yours for %(time)s more") : gettext("The time for this prompt is over; submit while nobody has taken it");
    show(this.leaseText, ms === null ? "" : format(words, { time }));
  }
}

function show(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}
