/* Reading aids of one task: what folds, what is on screen, what scrolls with what, and the comparison. */
import { compare } from "./compare.js";
import { collapseCards, foldEarlierTurns, foldLongMessages } from "./folding.js";
import { scrollTogether } from "./scrolling.js";
import { read, write } from "./store.js";
import { arrange } from "./views.js";

const WIDE = window.matchMedia("(min-width: 60rem)");

/* `root` stands in the page already: what is long is measured. Call `stop` when it leaves. */
export function prepareReading(root, user) {
  foldLongMessages(root);
  foldEarlierTurns(root);
  rememberGuidelines(root, user);
  collapseCards(root);
  const leaving = new AbortController();
  const scrolling = scrollTogether(root);
  arrange(root, user, scrolling, leaving.signal);
  compare(root, leaving.signal);
  return { stop: () => leaving.abort() };
}

/* The guidelines of the task before stay in the page, open or closed and scrolled as they were. */
export function keepGuidelines(before, after) {
  const old = before.querySelector("[data-guidelines]");
  const fresh = after.querySelector("[data-guidelines]");
  if (old && fresh && old.dataset.guidelines === fresh.dataset.guidelines) fresh.replaceWith(old);
}

function rememberGuidelines(root, user) {
  const guidelines = root.querySelector("[data-guidelines]");
  if (!guidelines || guidelines.dataset.remembered) return;
  guidelines.dataset.remembered = "yes";
  guidelines.open = read(user, "guidelines-open") ?? WIDE.matches;
  guidelines.addEventListener("toggle", () => WIDE.matches && write(user, "guidelines-open", "", guidelines.open));
}
