/* The response cards: their places, and the buttons in their headers. */
import { format, gettext } from "./i18n.js";
import { isRanked, isShown, placeOf } from "./state.js";
import { placeWords } from "./words.js";

const INTERACTIVE = "button, a, summary, input, label, textarea, details";

export class Cards {
  constructor(root) {
    this.all = [...root.querySelectorAll("[data-card]")];
    this.ids = this.all.map((card) => card.dataset.card);
    this.letters = this.all.map((card) => card.dataset.letter);
  }

  letterOf = (id) => this.letters[this.ids.indexOf(id)];
  idOf = (letter) => this.ids[this.letters.indexOf(letter)];

  /* on: {rank(id), lift(id), show(id)}; `isRanked(id)` says which of the first two a card's button does. */
  listen(on, isRanked) {
    for (const card of this.all) {
      const id = card.dataset.card;
      card.querySelector("[data-place]").addEventListener("click", () => (isRanked(id) ? on.lift(id) : on.rank(id)));
      card.querySelector("[data-acceptable]")?.addEventListener("click", () => on.show(id));
      card.addEventListener("click", (event) => {
        // Selecting words is reading, and a second click on a ranked card changes nothing.
        if (event.target.closest(INTERACTIVE) || !document.getSelection().isCollapsed || isRanked(id)) return;
        on.rank(id);
      });
      for (const button of card.querySelectorAll("[data-place], [data-acceptable]")) {
        // A click leaves no focus behind, so that Enter goes on meaning "submit".
        button.addEventListener("mousedown", (event) => event.preventDefault());
      }
    }
  }

  show(state) {
    for (const card of this.all) {
      const id = card.dataset.card;
      const at = placeOf(state, id);
      const shown = isShown(state, id);
      card.classList.toggle("ranked", at !== null);
      card.classList.toggle("best", at?.place === 1);
      card.classList.toggle("under", isRanked(state, id) && state.line !== null && !shown);
      const place = card.querySelector("[data-place]");
      place.setAttribute("aria-pressed", String(at !== null));
      place.title = at ? format(gettext("Take %(letter)s out of the order"), { letter: card.dataset.letter }) : "";
      card.querySelector("[data-place-words]").textContent = placeWords(state, id, this.letterOf);
      const acceptable = card.querySelector("[data-acceptable]");
      if (!acceptable) continue;
      acceptable.hidden = at === null;
      acceptable.setAttribute("aria-pressed", String(shown));
    }
  }

  /* Brings a card to the reader, from wherever its letter was pressed. */
  goTo(id) {
    const card = this.all[this.ids.indexOf(id)];
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.scrollIntoView({ block: "nearest", behavior: calm ? "instant" : "smooth" });
    card.focus({ preventScroll: true });
  }
}
