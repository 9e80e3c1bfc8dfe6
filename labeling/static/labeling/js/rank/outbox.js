/* Rankings on their way. One lies here, in memory and in the browser's storage, from before it is first sent until the
   server has answered: a lost network, an ended session or a closed tab delays it and loses nothing. Its key makes every
   try the same submission. A refused one stays until its author has seen it.

   An entry: {key, at, task, ranking, follows, body, said, about, state, tries, type, problem}
     task, ranking   the assignment it ranks; the ranking it revises, "" for a first one
     follows         the key of the entry it corrects, when that one has not been delivered itself; was that refused, there
                     is nothing to revise, and the correction is the first ranking
     said, about     the order in words and what it was about, for the person to read
     state           "waiting" or "refused", then with the server's `type` and `problem` */
import { isPassing, isSignedOut, newKey, revise, submit } from "./api.js";
import { ids, onRemoved, read, remove, write } from "./store.js";

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 10_000;

export class Outbox {
  signedOut = false;
  #entries = new Map();
  #listeners = new Map();
  #delay = FIRST_DELAY_MS;
  #timer = 0;
  #running = false;

  /* page: {onAccepted(entry, ranking), onRefused(entry), onChange()} */
  constructor(user, page) {
    this.user = user;
    this.page = page;
    for (const key of ids(user, "outbox")) {
      const entry = read(user, "outbox", key);
      if (entry?.state) this.#entries.set(key, entry);
      // Of no form that was ever released.
      else remove(user, "outbox", key);
    }
    onRemoved(user, "outbox", (key) => this.#forgotten(key));
    window.addEventListener("online", this.deliver);
    window.addEventListener("focus", this.deliver);
    document.addEventListener("visibilitychange", () => document.hidden || this.deliver());
  }

  get waiting() {
    return this.#inState("waiting");
  }

  /* The same once a try has failed, or where only this page holds it: what is merely under way worries nobody. */
  get stuck() {
    const waiting = this.waiting;
    return waiting.some(({ tries, unstored }) => tries > 0 || unstored) ? waiting : [];
  }

  get refused() {
    return this.#inState("refused");
  }

  /* The newest that is held for a task. */
  of(task) {
    return this.#oldestFirst((entry) => entry.task === task).pop() ?? null;
  }

  put(entry) {
    const whole = { key: newKey(), at: Date.now(), ranking: "", follows: "", tries: 0, ...entry, state: "waiting" };
    this.#keep(whole);
    this.deliver();
    return whole;
  }

  /* Resolves with how it ended, "accepted", "refused" or "forgotten". */
  settled(entry) {
    const held = this.#entries.get(entry.key);
    // It may have ended before anybody asked.
    if (!held) return Promise.resolve("accepted");
    if (held.state === "refused") return Promise.resolve("refused");
    return new Promise((resolve) => this.#listeners.set(entry.key, resolve));
  }

  retry(key) {
    const entry = this.#entries.get(key);
    // Another tab may have dropped it while it was being looked at here.
    if (!entry) return;
    this.#keep({ ...entry, state: "waiting" });
    this.deliver();
  }

  forget(key) {
    remove(this.user, "outbox", key);
    this.#forgotten(key);
  }

  /* Another tab has delivered it: the `ranking` with that id. */
  delivered(key, ranking) {
    this.#passOn(key, ranking);
    this.#forgotten(key);
  }

  deliver = async () => {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#timer);
    const tried = new Set();
    const isReady = ({ key, follows }) => !tried.has(key) && this.#entries.get(follows)?.state !== "waiting";
    const next = () => this.waiting.find(isReady);
    let wait = 0;
    for (let entry = next(); entry; entry = next()) {
      tried.add(entry.key);
      const answer = await (entry.ranking ? revise(entry.ranking, entry.key, entry.body) : submit(entry.task, entry.key, entry.body));
      this.#settle(entry, answer);
      wait = Math.max(wait, answer.retryAfterMs);
      // What one try has learnt of the network or the session holds for the others as well.
      if (answer.status === 0 || isSignedOut(answer)) break;
    }
    this.#running = false;
    if (this.waiting.length) {
      this.#timer = setTimeout(this.deliver, Math.max(this.#delay, wait));
      this.#delay = Math.min(2 * this.#delay, LONGEST_DELAY_MS);
    }
  };

  #settle(entry, answer) {
    if (answer.ok) this.#passOn(entry.key, String(answer.data.id));
    // Another tab may have delivered it, or its author dropped it, while this try was under way.
    if (!this.#entries.has(entry.key)) return;
    this.signedOut = isSignedOut(answer);
    if (answer.ok) this.#accepted(entry, answer.data);
    else if (isPassing(answer) || this.signedOut) this.#keep({ ...entry, tries: entry.tries + 1 });
    else this.#refuse(entry, answer);
  }

  #accepted(entry, ranking) {
    this.#delay = FIRST_DELAY_MS;
    const done = [entry.key, entry.follows];
    for (const key of done) this.#entries.delete(key);
    // Other tabs hear which ranking it has become before its removal tells them that it is gone.
    this.page.onAccepted(entry, ranking);
    for (const key of done) remove(this.user, "outbox", key);
    this.page.onChange();
    this.#tell(entry.key, "accepted");
  }

  /* What corrects the one with that key revises the ranking that it has become. */
  #passOn(key, ranking) {
    for (const follower of this.#oldestFirst(({ follows }) => follows === key)) this.#keep({ ...follower, ranking, follows: "" });
  }

  #refuse(entry, { type, problem }) {
    const refused = { ...entry, state: "refused", type, problem };
    this.#keep(refused);
    this.page.onRefused(refused);
    this.#tell(entry.key, "refused");
  }

  #keep(entry) {
    const unstored = !write(this.user, "outbox", entry.key, entry);
    this.#entries.set(entry.key, { ...entry, unstored });
    this.page.onChange();
  }

  #forgotten(key) {
    if (!this.#entries.delete(key)) return;
    this.page.onChange();
    this.#tell(key, "forgotten");
  }

  #tell(key, outcome) {
    this.#listeners.get(key)?.(outcome);
    this.#listeners.delete(key);
  }

  #inState(state) {
    return this.#oldestFirst((entry) => entry.state === state);
  }

  #oldestFirst(isMeant) {
    return [...this.#entries.values()].filter(isMeant).sort((a, b) => a.at - b.at);
  }
}
