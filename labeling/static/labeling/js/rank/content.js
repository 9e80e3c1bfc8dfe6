/* Between the state and what is kept of it: drafts and stored rankings. Pure. */
import { FLAGS } from "./marks.js";
import { EMPTY, acceptable, closed } from "./state.js";

/* The part of a draft that the state makes. */
export const contentOf = (state) => ({
  tiers: closed(state.tiers),
  acceptable: acceptable(state),
  ratings: state.ratings,
  flags: state.flags,
  confidence: state.confidence,
});

/* A state from a draft or ranking, whatever it holds: unknown ids are dropped, none stands twice, and what was rated on a
   dimension that the project has given up since is left behind in the ranking that said it. */
export function stateFrom(content, ids, { ties, dimensions }) {
  const seen = new Set();
  const read = list(content?.tiers).map((tier) => list(tier).filter((id) => ids.includes(id) && !seen.has(id) && seen.add(id)));
  const tiers = closed(ties ? read : read.flatMap((tier) => tier.map((id) => [id])));
  return {
    ...EMPTY,
    tiers,
    line: lineFrom(content?.acceptable, tiers, ids) ?? null,
    ratings: known(content?.ratings, ids, (rated) => numbers(rated, dimensions)),
    flags: known(content?.flags, ids, (raised) => FLAGS.filter((flag) => list(raised).includes(flag))),
    confidence: isMark(content?.confidence) ? content.confidence : null,
  };
}

/* Whether what may be shown is not the upper part of the order, as programs may have said it: no line stands for that. */
export function isBesideTheOrder(content, ids) {
  return Array.isArray(content?.acceptable) && lineFrom(content.acceptable, closed(list(content.tiers)), ids) === undefined;
}

/* How many tiers `shown` fills from the top; null where nothing was said, undefined where it is no such upper part. */
function lineFrom(shown, tiers, ids) {
  if (!Array.isArray(shown)) return null;
  const meant = shown.filter((id) => ids.includes(id));
  const line = tiers.findIndex((tier) => !tier.every((id) => meant.includes(id)));
  const above = line < 0 ? tiers.length : line;
  return tiers.slice(0, above).flat().length === meant.length ? above : undefined;
}

const list = (value) => (Array.isArray(value) ? value : []);

const isMark = (value) => Number.isInteger(value) && value >= 1 && value <= 5;

const numbers = (rated, dimensions) =>
  Object.fromEntries(Object.entries(rated ?? {}).filter(([name, value]) => dimensions.includes(name) && isMark(value)));

function known(said, ids, read) {
  const entries = ids.map((id) => [id, read(said?.[id])]);
  return Object.fromEntries(entries.filter(([, value]) => Object.keys(value).length));
}
