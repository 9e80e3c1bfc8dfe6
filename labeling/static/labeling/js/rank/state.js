/* What has been said of one prompt, as plain data; each function returns a new state and touches no page.
   State: tiers of response ids, best first; whether the next one ties with the last (`tying`); how many tiers stand above
   the line of what may be shown to a user (`line`: null = not said, 0 = none); ratings, flags and confidence.
   Tiers may be empty while digits are being given ("C is third" before anything is first); a complete order has none. */
import { LINE, at, change, holding, isTier, last, pull, rowOf } from "./row.js";

export const EMPTY = Object.freeze({ tiers: [], tying: false, line: null, ratings: {}, flags: {}, confidence: null });

export const ranked = (state) => state.tiers.flat();

export const isRanked = (state, id) => state.tiers.some((tier) => tier.includes(id));

export const missing = (state, ids) => ids.filter((id) => !isRanked(state, id));

/* The tier an id stands in, counted from 1, and whether others stand in it too; null before it is ranked. */
export function placeOf(state, id) {
  const index = state.tiers.findIndex((tier) => tier.includes(id));
  return index < 0 ? null : { place: index + 1, tied: state.tiers[index].length > 1 };
}

/* The last response that was put, where "ties with the one before" points to. */
export const lastOf = (state) => ranked(state).at(-1);

/* `id` comes next: below all others, or level with the last one while tying. */
export function rankNext(state, id) {
  // A response cannot tie with itself.
  if (state.tying && state.tiers.at(-1).includes(id)) return { ...state, tying: false };
  return change(state, (row) => {
    const rest = pull(row, id);
    if (!state.tying || last(rest) < 0) return [...rest, [id]];
    return rest.with(last(rest), [...rest[last(rest)], id]);
  });
}

/* The line has nothing to stand below once all that was above it is out: then nothing is said of it any more. */
export function takeOut(state, id) {
  const next = change(state, (row) => pull(row, id));
  const kept = ranked(next).length > 0;
  return { ...next, tying: state.tying && kept, line: next.line === 0 && state.line > 0 ? null : next.line };
}

/* The order alone is cleared: what was said of single responses stands. */
export const clear = (state) => ({ ...state, tiers: [], tying: false, line: null });

/* While responses are left, the next one ties; after the last, it is the last one that joins the tier before it, or leaves it. */
export function toggleTie(state, ids) {
  if (!ranked(state).length) return state;
  if (missing(state, ids).length) return { ...state, tying: !state.tying };
  return state.tiers.at(-1).length > 1 ? untie(state, ids) : nudge(state, lastOf(state), -1, { ties: true, overLine: true });
}

export function untie(state, ids) {
  if (state.tying) return { ...state, tying: false };
  const tied = !missing(state, ids).length && state.tiers.at(-1)?.length > 1;
  return tied ? nudge(state, lastOf(state), 1, { ties: true }) : state;
}

/* `id` takes place `n`; whoever has it shares it, or moves down where ties are not allowed. */
export function setPlace(state, id, n, { ids, ties }) {
  return change(state, (row) => {
    // The place left behind stays open while others are still to come; without ties a complete order closes up first.
    let next = missing(state, ids).length || ties ? row.map((tier) => without(tier, id)) : pull(row, id);
    while (next.filter(isTier).length < n) next = [...next, []];
    const place = at(next, n);
    const free = ties || !next[place].length;
    return free ? next.with(place, [...next[place], id]) : next.toSpliced(place, 0, [id]);
  });
}

/* Without the gaps that digits have left: those at the end, and once all are ranked all of them. */
export function settled(state, ids) {
  const full = !missing(state, ids).length;
  const tidied = change(state, (row) => {
    const end = row.findLastIndex((element) => isTier(element) && element.length);
    return row.filter((element, index) => element.length > 0 || (!full && index < end));
  });
  return { ...tidied, tying: state.tying && !full };
}

/* `id` goes beside `other`, which is a response or the line: "tie" with it, or into a tier of its own "before" or "after". */
export function moveTo(state, id, how, other) {
  const gone = other === LINE ? state.line === null : !isRanked(state, other);
  if (id === other || gone) return state;
  return change(state, (row) => {
    const rest = pull(row, id);
    const place = other === LINE ? rest.indexOf(LINE) : holding(rest, other);
    if (how === "tie" && other !== LINE) return rest.with(place, [...rest[place], id]);
    return rest.toSpliced(how === "before" ? place : place + 1, 0, [id]);
  });
}

/* One step to the left (-1) or right (1): out of a tie into a tier of its own, from there into the neighbour's tier. The
   line is a step of its own, unless `overLine`. */
export function nudge(state, id, step, { ties, overLine = false }) {
  const row = rowOf(state);
  const place = holding(row, id);
  const there = row[place + step] === LINE && overLine ? place + 2 * step : place + step;
  if (place < 0) return state;
  if (row[place].length > 1) return moveTo(state, id, step < 0 ? "before" : "after", row[place].find((other) => other !== id));
  const neighbour = row[there];
  if (neighbour === undefined) return state;
  if (neighbour === LINE || !ties || !neighbour.length) return change(state, () => swapped(row, place, there));
  return moveTo(state, id, "tie", neighbour[0]);
}

/* The line below the first `n` tiers; null takes it away. */
export const setLine = (state, n) => ({ ...state, line: n === null ? null : Math.min(Math.max(n, 0), state.tiers.length) });

export const nudgeLine = (state, step) => setLine(state, state.line + step);

/* The line beside a response: before or after its tier. */
export const moveLine = (state, how, other) => setLine(state, placeOf(state, other).place - (how === "before" ? 1 : 0));

/* Below what is ranked so far; there already, it goes. */
export const drawLine = (state) => setLine(state, state.line === state.tiers.length ? null : state.tiers.length);

/* No response may be shown; said already, it is not said any more. */
export const noneShown = (state) => setLine(state, state.line === 0 ? null : 0);

/* A letter with Shift: the response comes next with the line below it; a ranked one has the line below its tier, then above. */
export function drawBelow(state, id) {
  const next = isRanked(state, id) ? state : rankNext(state, id);
  const { place } = placeOf(next, id);
  return setLine(next, next === state && state.line === place ? place - 1 : place);
}

/* The line moves just so far that the tier of `id` is on its other side. */
export function toggleShown(state, id) {
  const { place } = placeOf(state, id);
  return setLine(state, isShown(state, id) ? place - 1 : place);
}

export const isShown = (state, id) => state.line !== null && (placeOf(state, id)?.place ?? Infinity) <= state.line;

/* Ids that may be shown, null while nothing was said of it. */
export const acceptable = (state) => (state.line === null ? null : state.tiers.slice(0, state.line).flat());

export const closed = (tiers) => tiers.filter((tier) => tier.length > 0);

const without = (tier, id) => (tier === LINE ? tier : tier.filter((other) => other !== id));

const swapped = (row, here, there) => row.with(here, row[there]).with(there, row[here]);
