/* Why a ranking was not taken, for the person who made it. */
import { format, gettext } from "./i18n.js";

export function whyRefused({ type, problem }) {
  const reasons = {
    "lease-lost": gettext("The time for this prompt had run out, and others had taken its place meanwhile."),
    "assignment-closed": gettext("You had submitted or skipped this prompt already, perhaps in another tab."),
    "already-superseded": gettext("A newer ranking of yours stands for this prompt already."),
    "not-found": gettext("This prompt is not open to you any more."),
  };
  return reasons[type] ?? format(gettext("The server says: %(problem)s"), { problem });
}

/* Whether another try with a changed ranking can succeed: the prompt is still open, only what was said of it is wrong. */
export const isCorrectable = ({ type }) => !["lease-lost", "assignment-closed", "already-superseded", "not-found"].includes(type);

const LONGEST = 160;

/* What a ranking was about, short enough to be kept: the beginnings of the prompt and of each response. */
export function about(root) {
  const beginning = (element) => {
    const text = (element?.textContent ?? "").trim().replace(/\s+/g, " ");
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  };
  const responses = [...root.querySelectorAll("[data-card]")].map((card) => [
    card.dataset.letter,
    beginning(card.querySelector(".prose")),
  ]);
  return { prompt: beginning([...root.querySelectorAll(".turn.user .prose")].pop() ?? root.querySelector(".turn .prose")), responses };
}
