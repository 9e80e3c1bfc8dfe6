/* The order so far, as plain data; each function returns a new state and touches no page.
   State: tiers of response ids, best first, and whether the next one ties with the last (`tying`). Tiers may be empty
   while digits are being given ("C is third" before anything is first); a complete order has none. */

export const EMPTY = Object.freeze({ tiers: [], tying: false });

export const ranked = (state) => state.tiers.flat();

export const isRanked = (state, id) => state.tiers.some((tier) => tier.includes(id));

export const missing = (state, ids) => ids.filter((id) => !isRanked(state, id));

/* The tier an id stands in, counted from 1, and whether others stand in it too; null before it is ranked. */
export function placeOf(state, id) {
  const index = state.tiers.findIndex((tier) => tier.includes(id));
  return index < 0 ? null : { place: index + 1, tied: state.tiers[index].length > 1 };
}

/* `id` comes next: below all others, or level with the last one while tying. */
export function rankNext(state, id) {
  const tiers = without(state.tiers, id);
  if (state.tying && tiers.length) tiers[tiers.length - 1].push(id);
  else tiers.push([id]);
  return { tiers, tying: false };
}

export function takeOut(state, id) {
  const tiers = without(state.tiers, id);
  return { tiers, tying: state.tying && tiers.length > 0 };
}

/* Ties need somebody to tie with, and somebody left to come. */
export function toggleTie(state, ids) {
  const possible = ranked(state).length > 0 && missing(state, ids).length > 0;
  return { ...state, tying: possible && !state.tying };
}

/* `id` takes place `n`; whoever has it shares it, or moves down where ties are not allowed. */
export function setPlace(state, id, n, { ids, ties }) {
  const tiers = state.tiers.map((tier) => tier.filter((other) => other !== id));
  while (tiers.length < n) tiers.push([]);
  if (ties || tiers[n - 1].length === 0) tiers[n - 1].push(id);
  else tiers.splice(n - 1, 0, [id]);
  while (tiers.at(-1).length === 0) tiers.pop();
  const full = tiers.flat().length === ids.length;
  return { tiers: full ? closed(tiers) : tiers, tying: false };
}

/* A state from a draft, whatever it holds: unknown ids are dropped, none stands twice. */
export function restore(draft, ids, { ties }) {
  const seen = new Set();
  const tiers = (Array.isArray(draft?.tiers) ? draft.tiers : []).map((tier) =>
    (Array.isArray(tier) ? tier : []).filter((id) => ids.includes(id) && !seen.has(id) && seen.add(id)),
  );
  return { tiers: closed(ties ? tiers : tiers.flatMap((tier) => tier.map((id) => [id]))), tying: false };
}

export const closed = (tiers) => tiers.filter((tier) => tier.length > 0);

function without(tiers, id) {
  const rest = tiers.map((tier) => tier.filter((other) => other !== id));
  // Only the tier that `id` leaves empty goes; a gap left open by digits stays open.
  return rest.filter((tier, index) => tier.length > 0 || tiers[index].length === 0);
}
