/* What is said of single responses beside their order, and how sure the annotator is. Pure, on the state of state.js. */

export const FLAGS = ["harmful", "private", "off-topic", "broken"];

export const ratingOf = (state, id, dimension) => state.ratings[id]?.[dimension] ?? null;

/* A value from 1 to 5; null takes the rating back. */
export function rate(state, id, dimension, value) {
  const { [dimension]: before, ...others } = state.ratings[id] ?? {};
  return { ...state, ratings: put(state.ratings, id, value === null ? others : { ...others, [dimension]: value }) };
}

export const hasFlag = (state, id, name) => (state.flags[id] ?? []).includes(name);

/* Kept in the order of `FLAGS`, so that the same flags are always the same list. */
export function toggleFlag(state, id, name) {
  const raised = FLAGS.filter((flag) => hasFlag(state, id, flag) !== (flag === name));
  return { ...state, flags: put(state.flags, id, raised) };
}

/* The same value again takes it back. */
export const beSure = (state, value) => ({ ...state, confidence: state.confidence === value ? null : value });

/* Nothing said of a response leaves no trace of it. */
function put(all, id, said) {
  const { [id]: before, ...others } = all;
  return Object.keys(said).length ? { ...others, [id]: said } : others;
}
