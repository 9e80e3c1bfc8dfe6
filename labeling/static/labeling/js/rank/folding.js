/* What is long folds: messages, earlier turns of a conversation, and the card that one has done with. */
import { format, gettext, ngettext } from "./i18n.js";

const FOLD_ABOVE_PX = 520;
const CHAT_ABOVE_PX = 1400;
// The last thing the user said, and what it follows on.
const LAST_TURNS = 2;

export function foldLongMessages(root) {
  const long = [...root.querySelectorAll("[data-fold]")].filter((text) => text.scrollHeight > FOLD_ABOVE_PX);
  for (const text of long) {
    const button = unfoldButton();
    const fold = (folded) => {
      text.classList.toggle("folded", folded);
      button.textContent = folded ? gettext("Show the whole message") : gettext("Fold this message");
      button.setAttribute("aria-expanded", String(!folded));
    };
    button.addEventListener("click", () => fold(!text.classList.contains("folded")));
    text.after(button);
    fold(true);
  }
}

/* The system prompt and the last turns stay; those between wait behind a button. */
export function foldEarlierTurns(root) {
  const chat = root.querySelector(".chat");
  if (!chat || chat.scrollHeight <= CHAT_ABOVE_PX) return;
  const earlier = [...chat.children].slice(0, -LAST_TURNS).filter((turn) => !turn.classList.contains("system"));
  if (!earlier.length) return;
  const button = unfoldButton();
  const item = document.createElement("li");
  item.className = "earlier";
  item.append(button);
  const count = earlier.length;
  const fold = (folded) => {
    for (const turn of earlier) turn.hidden = folded;
    const words = folded
      ? ngettext("Show %(count)s earlier message", "Show %(count)s earlier messages", count)
      : ngettext("Fold %(count)s earlier message", "Fold %(count)s earlier messages", count);
    button.textContent = format(words, { count });
    button.setAttribute("aria-expanded", String(!folded));
  };
  button.addEventListener("click", () => fold(!earlier[0].hidden));
  earlier[0].before(item);
  fold(true);
}

export function collapseCards(root) {
  for (const button of root.querySelectorAll("[data-collapse]")) {
    const card = button.closest("[data-card]");
    button.addEventListener("click", () => {
      const collapsed = card.classList.toggle("collapsed");
      button.setAttribute("aria-expanded", String(!collapsed));
    });
    keepFocus(button);
  }
}

/* A click leaves no focus behind, so that Enter goes on meaning "submit". */
export function keepFocus(button) {
  button.addEventListener("mousedown", (event) => event.preventDefault());
}

function unfoldButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button unfold";
  return button;
}
