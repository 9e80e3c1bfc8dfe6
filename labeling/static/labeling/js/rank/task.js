/* One prompt being ranked: commands change the state, every change is shown, announced and kept as a draft. */
import { heartbeat, isSignedOut, skip } from "./api.js";
import { Bar } from "./bar.js";
import { Cards } from "./cards.js";
import { Clock } from "./clock.js";
import { Draft } from "./draft.js";
import { listen } from "./keys.js";
import { deliver, deliverAgain, undeliveredBody } from "./outbox.js";
import { EMPTY, closed, isRanked, missing, rankNext, restore, setPlace, takeOut, toggleTie } from "./state.js";
import { announcement, sentence } from "./words.js";

export class Task {
  #state = EMPTY;
  #history = [];
  #acceptable = null;
  #busy = false;

  /* page: {user, login, announce(text), askReason(), showKeys(), onDone(saved)} */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.id = root.dataset.task;
    this.ties = root.dataset.ties === "1";
    this.leaseMs = Number(root.dataset.leaseMinutes) * 60_000;
    this.cards = new Cards(root);
    this.bar = new Bar(root.querySelector(".bar"));
    this.rationale = root.querySelector("[data-rationale]");
    this.draft = new Draft(page.user, this.id);
    this.#restore();
    this.#listen();
    this.#show();
  }

  command = (name, ...details) => {
    if (this.#busy) return;
    const { ids } = this.cards;
    const steps = {
      rank: (letter) => this.#step(rankNext(this.#state, this.cards.idOf(letter))),
      place: (id, n) => this.#step(setPlace(this.#state, id, n, { ids, ties: this.ties })),
      tie: () => this.ties && this.#step(toggleTie(this.#state, ids)),
      untie: () => this.#step({ ...this.#state, tying: false }),
      clear: () => this.#step(EMPTY),
      back: () => this.#back(),
      acceptable: (letter) => this.#toggleAcceptable(this.cards.idOf(letter)),
      none: () => this.#accept(this.#acceptable?.size === 0 ? null : new Set()),
      submit: () => this.submit(),
      skip: () => this.#skip(),
      help: () => this.page.showKeys(),
    };
    steps[name](...details);
  };

  submit() {
    if (missing(this.#state, this.cards.ids).length) {
      this.page.announce(this.bar.reason.textContent);
      return;
    }
    this.draft.keep(this.#content());
    const { saved_at, ...body } = this.#content();
    this.#send((onWait) => deliver(this.page.user, this.id, body, onWait));
  }

  /* What an earlier visit submitted and could not deliver. */
  submitAgain() {
    this.#send((onWait) => deliverAgain(this.page.user, this.id, onWait));
  }

  /* A lease is renewed well before it ends, as long as somebody is looking. */
  async renew() {
    const answer = await heartbeat(this.id);
    if (answer.status === 409 || answer.status === 410) {
      this.bar.say("The time for this prompt ran out and it went back to the others. If nobody has taken it, submitting still works.");
    } else if (isSignedOut(answer)) this.#signedOut();
  }

  stop() {
    this.draft.stop();
    this.clock.stop();
    this.unlisten();
  }

  #restore() {
    const draft = this.draft.newest(JSON.parse(this.root.dataset.draft || "null"));
    const saved = undeliveredBody(this.page.user, this.id) ?? draft;
    this.#state = restore(saved, this.cards.ids, { ties: this.ties });
    this.#acceptable = Array.isArray(saved?.acceptable) ? new Set(saved.acceptable) : null;
    this.cards.ratings = saved?.ratings;
    this.rationale.value = saved?.rationale ?? "";
    this.clock = new Clock(saved?.seconds);
  }

  #listen() {
    const { letters } = this.cards;
    this.unlisten = listen(this.command, {
      letters,
      isComplete: () => missing(this.#state, this.cards.ids).length === 0,
    });
    this.cards.listen({
      isRanked: (id) => isRanked(this.#state, id),
      onRank: (id) => this.command("rank", this.cards.letterOf(id)),
      onTakeOut: (id) => this.#busy || this.#step(takeOut(this.#state, id)),
      onAcceptable: (id) => this.command("acceptable", this.cards.letterOf(id)),
    });
    this.bar.listen(this.command);
    this.root.addEventListener("input", () => this.draft.keep(this.#content()));
    for (const button of this.root.querySelectorAll("[data-place], [data-acceptable]")) {
      // A click leaves no focus behind, so that Enter goes on meaning "submit".
      button.addEventListener("mousedown", (event) => event.preventDefault());
    }
  }

  #step(next) {
    const before = this.#state;
    if (JSON.stringify(next) === JSON.stringify(before)) return;
    this.#history.push(before);
    this.#become(next, before);
  }

  #back() {
    const before = this.#state;
    // A restored draft has no history; its last response is what there is to take back.
    const last = before.tiers.flat().at(-1);
    const next = this.#history.pop() ?? (last && takeOut(before, last));
    if (next) this.#become(next, before);
  }

  #become(next, before) {
    this.#state = next;
    this.#changed(announcement(next, before, this.cards.letterOf, this.cards.ids));
  }

  #toggleAcceptable(id) {
    const acceptable = new Set(this.#acceptable);
    if (!acceptable.delete(id)) acceptable.add(id);
    this.#accept(acceptable);
  }

  #accept(acceptable) {
    this.#acceptable = acceptable;
    const letters = [...(acceptable ?? [])].map(this.cards.letterOf).sort();
    this.#changed(acceptable === null ? "Left open what may be shown." : `OK to show: ${letters.join(", ") || "none"}.`);
  }

  #changed(said) {
    this.bar.say("");
    this.#show();
    this.page.announce(said);
    this.draft.keep(this.#content());
  }

  #show() {
    const { ids, letterOf } = this.cards;
    this.bar.canUndo = this.#history.length > 0 || this.#state.tiers.length > 0;
    this.bar.show(this.#state, { ids, letterOf, acceptable: this.#acceptable, busy: this.#busy });
    this.cards.show(this.#state);
    this.cards.showAcceptable(this.#acceptable);
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.bar.say("");
    this.#show();
  }

  #content() {
    return {
      tiers: closed(this.#state.tiers),
      acceptable: this.#acceptable && [...this.#acceptable],
      ratings: this.cards.ratings,
      rationale: this.rationale.value,
      seconds: this.clock.seconds,
      saved_at: Date.now(),
    };
  }

  async #send(sending) {
    this.#setBusy(true);
    const answer = await sending((ms) =>
      this.bar.say(`No answer from the server. Your ranking is kept here; trying again in ${Math.round(ms / 1000)} s.`),
    );
    this.#setBusy(false);
    if (answer.ok) this.#finish(`Saved ${sentence(this.#state.tiers, this.cards.letterOf)}`);
    else this.#refused(answer);
  }

  async #skip() {
    const reason = await this.page.askReason();
    if (!reason) return;
    const answer = await skip(this.id, reason);
    if (answer.ok) this.#finish("Skipped", { counted: false });
    else if (answer.status === 0) this.bar.say("No answer from the server. Skip again when the connection is back.");
    else this.#refused(answer);
  }

  #finish(said, { counted = true } = {}) {
    this.draft.discard();
    this.stop();
    this.page.onDone({ said, counted });
  }

  #refused(answer) {
    if (isSignedOut(answer)) return this.#signedOut();
    const over = [404, 409, 410].includes(answer.status);
    this.bar.say(
      `Not saved: ${answer.problem}`,
      over ? { label: "Next prompt", run: () => this.#finish("Moved on", { counted: false }) } : null,
    );
  }

  #signedOut() {
    this.bar.say("You are signed out. Your ranking is kept in this browser and is sent when you are back.", {
      label: "Sign in",
      href: this.page.login,
    });
  }
}
