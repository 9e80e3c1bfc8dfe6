/* Chips are dragged by mouse, finger or pen: onto another chip for a tie, between two for a tier of their own, off the row
   to take them out. Where a drop would go is shown and said before it happens. */
import { dropTarget } from "./drop.js";
import { format, gettext } from "./i18n.js";
import { LINE } from "./row.js";

const STARTS_AFTER_PX = 5;
const EDGE_PX = 28;
const SCROLL_PX = 6;
// A finger hides what lies below it, so the chip floats above.
const LIFT_PX = 36;
const MARKS = ["drop-tie", "drop-before", "drop-after"];

/* `drop(id, target)`: target is {how: "tie" | "before" | "after", other}, {how: "next"} or {how: "out"}. */
export function draggable(root, { ties, letterOf, drop, hint }) {
  let held = null;

  root.addEventListener("pointerdown", (event) => {
    const chip = event.target.closest("[data-chip]");
    if (!chip || event.button !== 0 || !event.isPrimary) return;
    held = { chip, id: chip.dataset.chip, x: event.clientX, y: event.clientY, lift: event.pointerType === "mouse" ? 0 : LIFT_PX };
    chip.setPointerCapture(event.pointerId);
  });

  root.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.at = { x: event.clientX, y: event.clientY };
    if (!held.ghost && Math.hypot(held.at.x - held.x, held.at.y - held.y) < STARTS_AFTER_PX) return;
    if (!held.ghost) begin();
    follow();
  });

  root.addEventListener("pointerup", () => {
    if (!held?.ghost) return (held = null);
    const { id, target } = held;
    end();
    if (target) drop(id, target);
  });

  root.addEventListener("pointercancel", () => (held?.ghost ? end() : (held = null)));
  // The click that ends a drag is no press.
  root.addEventListener("click", (event) => root.dataset.dragged && event.stopImmediatePropagation(), true);
  // A long touch holds a chip; it asks for no menu.
  root.addEventListener("contextmenu", (event) => event.target.closest("[data-chip]") && event.preventDefault());

  function begin() {
    held.ghost = ghostOf(held.chip);
    held.chip.classList.add("dragged");
    root.dataset.dragged = "yes";
    document.addEventListener("keydown", onKeydown, true);
    requestAnimationFrame(scroll);
  }

  function follow() {
    const { ghost, id, at, x, y, lift } = held;
    ghost.style.translate = `${at.x - x}px ${at.y - y - lift}px`;
    held.target = dropTarget(root, id, at, { ties });
    unmark();
    const over = held.target?.other && root.querySelector(`[data-chip="${CSS.escape(held.target.other)}"]`);
    over?.classList.add(`drop-${held.target.how}`);
    ghost.classList.toggle("leaving", held.target?.how === "out");
    hint(words(id, held.target, letterOf));
  }

  /* A row longer than the screen comes along when the chip is held at its end. */
  function scroll() {
    if (!held?.ghost) return;
    // The task has left the screen, and its row with it.
    if (!root.isConnected) return end();
    const { left, right } = root.getBoundingClientRect();
    const step = held.at.x < left + EDGE_PX ? -SCROLL_PX : held.at.x > right - EDGE_PX ? SCROLL_PX : 0;
    const before = root.scrollLeft;
    root.scrollLeft += step;
    if (root.scrollLeft !== before) follow();
    requestAnimationFrame(scroll);
  }

  function end() {
    unmark();
    held.ghost.remove();
    held.chip.classList.remove("dragged");
    held = null;
    hint("");
    document.removeEventListener("keydown", onKeydown, true);
    // After the click that the browser sends along with the release.
    setTimeout(() => delete root.dataset.dragged);
  }

  function unmark() {
    for (const element of root.querySelectorAll("[data-chip]")) element.classList.remove(...MARKS);
  }

  function onKeydown(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end();
  }
}

/* What follows the pointer; the row may be scrolled and would cut off a chip that leaves it. */
function ghostOf(chip) {
  const ghost = chip.cloneNode(true);
  const { left, top } = chip.getBoundingClientRect();
  ghost.classList.add("ghost");
  delete ghost.dataset.chip;
  ghost.setAttribute("aria-hidden", "true");
  ghost.tabIndex = -1;
  Object.assign(ghost.style, { left: `${left}px`, top: `${top}px` });
  chip.closest("[data-order]").parentElement.append(ghost);
  return ghost;
}

function words(id, target, letterOf) {
  if (!target) return gettext("Drop it on a letter for a tie, or between two letters");
  const values = { letter: letterOf(id), other: target.other && letterOf(target.other) };
  if (id === LINE) return lineWords(target, values);
  if (target.how === "out") return format(gettext("Takes %(letter)s out"), values);
  if (target.how === "next" || target.other === LINE) return format(gettext("%(letter)s in a place of its own"), values);
  if (target.how === "tie") return format(gettext("%(letter)s tied with %(other)s"), values);
  if (target.how === "before") return format(gettext("%(letter)s just above %(other)s"), values);
  return format(gettext("%(letter)s just below %(other)s"), values);
}

function lineWords(target, values) {
  if (target.how === "out") return gettext("Takes the line away: not said what may be shown");
  return format(target.how === "before" ? gettext("The line above %(other)s") : gettext("The line below %(other)s"), values);
}
