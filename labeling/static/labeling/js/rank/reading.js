/* Reading aids: long messages fold, guidelines and ratings stay as the reader left them. */
import { read, write } from "./store.js";

const FOLD_ABOVE_PX = 520;
const WIDE = window.matchMedia("(min-width: 60rem)");

export function foldLongMessages(root) {
  for (const text of root.querySelectorAll("[data-fold]")) {
    if (text.scrollHeight <= FOLD_ABOVE_PX) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link-button unfold";
    const fold = (folded) => {
      text.classList.toggle("folded", folded);
      button.textContent = folded ? "Show the whole message" : "Fold this message";
      button.setAttribute("aria-expanded", String(!folded));
    };
    button.addEventListener("click", () => fold(!text.classList.contains("folded")));
    text.after(button);
    fold(true);
  }
}

/* The guidelines of the task before stay in the page, open or closed and scrolled as they were. */
export function keepGuidelines(before, after) {
  const old = before.querySelector("[data-guidelines]");
  const fresh = after.querySelector("[data-guidelines]");
  if (old && fresh && old.dataset.guidelines === fresh.dataset.guidelines) fresh.replaceWith(old);
}

export function rememberGuidelines(root, user) {
  const guidelines = root.querySelector("[data-guidelines]");
  if (!guidelines || guidelines.dataset.remembered) return;
  guidelines.dataset.remembered = "yes";
  guidelines.open = read(user, "guidelines-open") ?? WIDE.matches;
  guidelines.addEventListener("toggle", () => WIDE.matches && write(user, "guidelines-open", "", guidelines.open));
}

/* Opened on one card, ratings are open on all: responses are rated against each other. */
export function openRatingsTogether(root, user) {
  const all = [...root.querySelectorAll("[data-ratings]")];
  const open = (opened) => all.forEach((ratings) => (ratings.open = opened));
  open(read(user, "ratings-open") ?? false);
  for (const ratings of all) {
    ratings.addEventListener("toggle", () => {
      write(user, "ratings-open", "", ratings.open);
      open(ratings.open);
    });
  }
}
