/* Undo and redo over states, oldest first. Pure: each function returns a new history. */

export const begin = (now) => ({ past: [], now, future: [] });

/* A step that changes nothing is none. */
export const step = (history, next) =>
  same(history.now, next) ? history : { past: [...history.past, history.now], now: next, future: [] };

export const undo = ({ past, now, future }) => ({ past: past.slice(0, -1), now: past.at(-1), future: [now, ...future] });

export const redo = ({ past, now, future }) => ({ past: [...past, now], now: future[0], future: future.slice(1) });

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
