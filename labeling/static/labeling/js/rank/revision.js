/* A task that has been submitted, opened again to be revised. */

/* Instead of a ranking's id, until it has been delivered and has one; the outbox knows whom the revision follows. */
export const UNSENT = "unsent";

export function revisionOf(record) {
  const pristine = record.pristine.cloneNode(true);
  pristine.dataset.revises = record.ranking || UNSENT;
  pristine.dataset.asks = (pristine.dataset.asks ?? "").split(" ").filter((ask) => ask !== "skip").join(" ");
  return { root: pristine.cloneNode(true), pristine, task: pristine.dataset.task, record };
}
