/* Submissions on their way. One lies here from before it is first sent until the server has answered, so a lost network,
   an ended session or a closed tab delays it and loses nothing; its key makes every try the same submission. */
import { isPassing, newKey, submit } from "./api.js";
import { ids, read, remove, write } from "./store.js";

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 30_000;

/* Sends until an answer comes; `onWait(ms)` is told before each pause. Refused or accepted, it leaves the outbox;
   with an ended session it stays. */
export function deliver(user, assignment, body, onWait) {
  write(user, "outbox", assignment, { key: newKey(), body });
  return deliverAgain(user, assignment, onWait);
}

/* The same for what already lies in the outbox: with its own key, so a try that did arrive is not repeated. */
export async function deliverAgain(user, assignment, onWait) {
  const pending = read(user, "outbox", assignment);
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, LONGEST_DELAY_MS)) {
    const answer = await submit(assignment, pending.key, pending.body);
    if (!isPassing(answer)) {
      if (![401, 403].includes(answer.status)) remove(user, "outbox", assignment);
      return answer;
    }
    onWait(delay);
    await pause(delay);
  }
}

/* What an earlier visit could not deliver: the assignments, and what was said of one. */
export const undelivered = (user) => ids(user, "outbox");
export const undeliveredBody = (user, assignment) => read(user, "outbox", assignment)?.body ?? null;

function pause(ms) {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    window.addEventListener("online", go);
  });
}
