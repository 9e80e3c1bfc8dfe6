/* What commands do to the order and its line. Pure. */
import { LINE } from "./row.js";
import * as order from "./state.js";

export const isMove = (name) => name in MOVES;

/* [the next state, the response it is about]; world: {state, ids, ties}. */
export function move(name, world, ...details) {
  const [next, about] = MOVES[name](world, ...details);
  return [order.settled(next, world.ids), about];
}

const MOVES = {
  rank: ({ state }, id) => [order.rankNext(state, id), id],
  drawBelow: ({ state }, id) => [order.drawBelow(state, id), id],
  place: ({ state, ids, ties }, id, n) => [id === LINE ? state : order.setPlace(state, id, n, { ids, ties }), id],
  lift: ({ state }, id) => [id === LINE ? order.setLine(state, null) : order.takeOut(state, id), id],
  show: ({ state }, id) => [order.toggleShown(state, id)],
  tie: ({ state, ids, ties }) => [ties ? order.toggleTie(state, ids) : state, order.lastOf(state)],
  untie: ({ state, ids }) => [order.untie(state, ids), order.lastOf(state)],
  line: ({ state }) => [order.drawLine(state)],
  none: ({ state }) => [order.noneShown(state)],
  clear: ({ state }) => [order.clear(state)],

  /* The arrow keys on a chip; a letter that is still missing comes in from the right. */
  nudge({ state, ties }, id, step) {
    if (id === LINE) return [order.nudgeLine(state, step)];
    if (order.isRanked(state, id)) return [order.nudge(state, id, step, { ties }), id];
    return [step < 0 ? order.rankNext(state, id) : state, id];
  },

  /* A chip let go over the row; `how` and `other` come from drop.js. */
  drop({ state }, id, { how, other }) {
    if (how === "out") return MOVES.lift({ state }, id);
    if (id === LINE) return [order.moveLine(state, how, other)];
    return [how === "next" ? order.rankNext(state, id) : order.moveTo(state, id, how, other), id];
  },
};
