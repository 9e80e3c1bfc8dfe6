/* The order as one row, best first: the tiers, and the line of what may be shown as an element among them. Pure. */

export const LINE = "|";

export const isTier = (element) => element !== LINE;

export const rowOf = ({ tiers, line }) => (line === null ? [...tiers] : [...tiers.slice(0, line), LINE, ...tiers.slice(line)]);

/* The state whose row `edit` has made out of the present one. */
export function change(state, edit) {
  const row = edit(rowOf(state));
  return { ...state, tiers: row.filter(isTier), line: row.includes(LINE) ? row.indexOf(LINE) : null, tying: false };
}

/* Without `id`; a tier that it leaves empty goes, while a gap left open by digits stays open. */
export const pull = (row, id) =>
  row
    .map((element) => (isTier(element) ? element.filter((other) => other !== id) : element))
    .filter((element, index) => element.length > 0 || row[index].length === 0);

/* Where in the row the tier of `id`, the `n`th tier from 1, and the last tier stand; -1 for nowhere. */
export const holding = (row, id) => row.findIndex((element) => isTier(element) && element.includes(id));
export const at = (row, n) => row.indexOf(row.filter(isTier)[n - 1]);
export const last = (row) => row.findLastIndex(isTier);
