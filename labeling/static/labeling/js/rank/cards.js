/* The response cards: their places, and what is said of each beside the order. */
import { placeOf } from "./state.js";
import { placeWords } from "./words.js";

const INTERACTIVE = "button, a, summary, input, label, textarea, details";

export class Cards {
  constructor(root) {
    this.root = root;
    this.all = [...root.querySelectorAll("[data-card]")];
    this.ids = this.all.map((card) => card.dataset.card);
    this.letters = this.all.map((card) => card.dataset.letter);
  }

  letterOf = (id) => this.letters[this.ids.indexOf(id)];
  idOf = (letter) => this.ids[this.letters.indexOf(letter)];

  /* `onRank(id)` for a click on an unranked card, `onTakeOut(id)` for one on a ranked card's button. */
  listen({ isRanked, onRank, onTakeOut, onAcceptable }) {
    for (const card of this.all) {
      const id = card.dataset.card;
      const place = card.querySelector("[data-place]");
      const acceptable = card.querySelector("[data-acceptable]");
      place.addEventListener("click", () => (isRanked(id) ? onTakeOut(id) : onRank(id)));
      acceptable.addEventListener("click", () => onAcceptable(id));
      card.addEventListener("click", (event) => {
        // Selecting words is reading, and a second click on a ranked card changes nothing.
        if (event.target.closest(INTERACTIVE) || !document.getSelection().isCollapsed || isRanked(id)) return;
        onRank(id);
      });
    }
  }

  show(state) {
    for (const card of this.all) {
      const at = placeOf(state, card.dataset.card);
      card.classList.toggle("ranked", at !== null);
      card.classList.toggle("best", at?.place === 1);
      card.querySelector("[data-place]").setAttribute("aria-pressed", String(at !== null));
      card.querySelector("[data-place-words]").textContent = placeWords(state, card.dataset.card, this.letterOf);
    }
  }

  /* acceptable: a Set of ids, or null while nobody has said anything. */
  showAcceptable(acceptable) {
    for (const card of this.all) {
      const shown = acceptable?.has(card.dataset.card) ?? false;
      card.querySelector("[data-acceptable]").setAttribute("aria-pressed", String(shown));
      card.classList.toggle("refused", acceptable !== null && !shown);
    }
  }

  get ratings() {
    const given = {};
    for (const input of this.root.querySelectorAll("[data-dimension]:checked")) {
      const id = input.closest("[data-card]").dataset.card;
      (given[id] ??= {})[input.dataset.dimension] = Number(input.value);
    }
    return given;
  }

  set ratings(given) {
    for (const input of this.root.querySelectorAll("[data-dimension]")) {
      const id = input.closest("[data-card]").dataset.card;
      input.checked = String(given?.[id]?.[input.dataset.dimension]) === input.value;
    }
  }
}
