/* Which cards are on screen (all, two, one) and how high they are; remembered for each person. */
import { format, gettext } from "./i18n.js";
import { keepFocus } from "./folding.js";
import { read, write } from "./store.js";

const OWN_ARROWS = "input, textarea, select, [contenteditable], [role=toolbar], [role=listbox], .bar";

const WIDE = ".prose :is(pre, .md-table, math)";

export function arrange(root, user, scrollTogether, signal) {
  const bar = root.querySelector("[data-reading]");
  const grid = root.querySelector(".cards");
  const cards = [...root.querySelectorAll("[data-card]")];
  const view = { size: 0, same: false, together: false, ...read(user, "view") };
  const sizes = [0, 2, 1].filter((size) => size < cards.length);
  if (!sizes.includes(view.size)) view.size = 0;
  let shown = [];

  const show = () => {
    const on = view.size ? shown : cards.map((_, index) => index);
    cards.forEach((card, index) => (card.hidden = !on.includes(index)));
    grid.style.setProperty("--shown", on.length);
    grid.dataset.count = on.length;
    grid.classList.toggle("fitted", view.same);
    scrollTogether(view.together);
    for (const card of cards) fit(card, view.same);
    for (const button of bar.querySelectorAll("[data-focus-size]")) press(button, Number(button.dataset.focusSize) === view.size);
    for (const button of bar.querySelectorAll("[data-show-card]")) press(button, on.some((index) => cards[index].dataset.card === button.dataset.showCard));
    press(bar.querySelector("[data-heights]"), view.same);
    press(bar.querySelector("[data-together]"), view.together);
    bar.querySelector("[data-turns]").hidden = !view.size;
    reachWide(root);
  };

  const change = (changes) => {
    Object.assign(view, changes);
    write(user, "view", "", view);
    const inside = document.activeElement.closest?.("[data-card]");
    show();
    if (inside?.hidden) cards[shown[0]].focus({ preventScroll: true });
  };

  const focusOn = (size) => {
    shown = windowFrom(shown[0] ?? 0, size, cards.length);
    change({ size });
    say(size ? named(shown) : gettext("All responses are shown."));
  };
  const turn = (by) => {
    shown = windowFrom(shown[0] + by, view.size, cards.length);
    change({});
    say(named(shown));
  };
  const showCard = (index) => {
    if (shown.includes(index)) return;
    shown = [...shown.slice(1), index].sort((a, b) => a - b);
    change({});
    say(named(shown));
  };
  const heights = (same) => change({ same, together: view.together && same });
  const together = (on) => {
    change({ together: on, same: view.same || on });
    say(on ? gettext("The responses scroll together.") : gettext("Each response scrolls by itself."));
  };
  const named = (indices) => format(gettext("Shown: %(letters)s."), { letters: indices.map((index) => cards[index].dataset.letter).join(", ") });

  const on = (selector, act) => {
    for (const button of bar.querySelectorAll(selector)) {
      button.addEventListener("click", () => act(button.dataset));
      keepFocus(button);
    }
  };
  on("[data-focus-size]", ({ focusSize }) => focusOn(Number(focusSize)));
  on("[data-turn]", ({ turn: by }) => turn(Number(by)));
  on("[data-show-card]", ({ showCard: key }) => showCard(cards.findIndex((card) => card.dataset.card === key)));
  on("[data-heights]", () => heights(!view.same));
  on("[data-together]", () => together(!view.together));
  root.addEventListener("rank:focus", () => focusOn(sizes[(sizes.indexOf(view.size) + 1) % sizes.length]));
  root.addEventListener("rank:scroll", () => together(!view.together));
  document.addEventListener(
    "keydown",
    (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || !view.size || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest(OWN_ARROWS) || event.target.matches(WIDE) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      turn(by);
    },
    { signal },
  );

  shown = windowFrom(0, view.size, cards.length);
  show();
}

/* `size` neighbours from `start`, as far as there are any. */
function windowFrom(start, size, count) {
  const first = Math.max(0, Math.min(start, count - size));
  return Array.from({ length: size }, (_, offset) => first + offset);
}

/* A text with a scroll bar of its own can be reached by Tab, and says what it is. */
function fit(card, same) {
  const text = card.querySelector("[data-card-text]");
  if (same) {
    text.tabIndex = 0;
    text.setAttribute("role", "group");
    text.setAttribute("aria-label", format(gettext("Text of response %(letter)s"), { letter: card.dataset.letter }));
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) text.removeAttribute(name);
  }
}

/* What scrolls sideways can be reached by Tab, so that arrows scroll it. */
function reachWide(root) {
  const boxes = [...root.querySelectorAll(WIDE)].map((box) => [box, box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0]);
  for (const [box, wide] of boxes) {
    if (wide) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

const press = (button, pressed) => button.setAttribute("aria-pressed", String(pressed));

function say(text) {
  const announcer = document.querySelector("[data-announce]");
  if (announcer) announcer.textContent = text;
}
