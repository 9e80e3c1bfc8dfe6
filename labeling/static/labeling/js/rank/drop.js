/* Where in the row a chip would land if it were dropped at a point of the screen. */
import { LINE } from "./row.js";

// How far beside the row a drop still belongs to it: a thumb is not that exact.
const REACH_PX = 32;
// The outer parts of a chip belong to the gaps beside it.
const GAP_SHARE = 0.22;

/* {how, other} as `moveTo` takes it, {how: "next"} on an empty row, {how: "out"}, or null where a drop does nothing. */
export function dropTarget(root, id, point, { ties }) {
  const chips = [...root.querySelectorAll("[data-sentence] [data-chip]")];
  const wasIn = chips.some((chip) => chip.dataset.chip === id);
  if (!isNear(root.getBoundingClientRect(), point) || isOver(root.querySelector("[data-missing]"), point)) {
    return wasIn ? { how: "out" } : null;
  }
  const others = chips.filter((chip) => chip.dataset.chip !== id);
  if (!others.length) return wasIn ? null : { how: "next" };
  const nearest = others.reduce((best, chip) => (distance(chip, point) < distance(best, point) ? chip : best));
  return { how: how(nearest, point, { ties: ties && id !== LINE, chips: others }), other: nearest.dataset.chip };
}

function how(chip, point, { ties, chips }) {
  const { left, width } = chip.getBoundingClientRect();
  const share = (point.x - left) / width;
  const gap = share < 0.5 ? "before" : "after";
  if (!ties || chip.dataset.chip === LINE) return gap;
  if (share > GAP_SHARE && share < 1 - GAP_SHARE) return "tie";
  // Between two that are tied there is no tier to make.
  const neighbour = chips[chips.indexOf(chip) + (gap === "before" ? -1 : 1)];
  return neighbour && chip.dataset.tier === neighbour.dataset.tier ? "tie" : gap;
}

const isNear = ({ left, right, top, bottom }, { x, y }) =>
  x > left - REACH_PX && x < right + REACH_PX && y > top - REACH_PX && y < bottom + REACH_PX;

function isOver(element, { x, y }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return x > left && x < right && y > top && y < bottom;
}

/* Rows first: a wrapped row's chips are compared with those beside the point. */
function distance(chip, { x, y }) {
  const { left, right, top, bottom } = chip.getBoundingClientRect();
  const outside = (value, low, high) => Math.max(low - value, 0, value - high);
  return 10 * outside(y, top, bottom) + outside(x, left, right);
}
