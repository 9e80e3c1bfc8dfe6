/* One task after another: what happens at Enter, at Undo, at a skip, and when another tab or the server says that a task is
   over. The next prompt is shown in the frame of the key press; its ranking is delivered behind it. */
import { Ahead, parse } from "./ahead.js";
import { fragment, isPassing, isSignedOut, skip } from "./api.js";
import { askReason } from "./dialogs.js";
import { format, gettext } from "./i18n.js";
import { practise } from "./practice.js";
import { about, isCorrectable, whyRefused } from "./refusals.js";
import { UNSENT, revisionOf } from "./revision.js";
import { Screen } from "./screen.js";

const RETRY_MS = 3000;
const HERE_MS = 1000;

export class Flow {
  #screen = null;
  #aside = null;
  #record = null;
  #opened = new Map();

  /* parts: {urls, project, activity, outbox, lease, tabs, undo, status, notices, signedOut()} and what a Screen needs. */
  constructor(main, parts) {
    Object.assign(this, { main, parts });
    this.ahead = new Ahead(parts.urls.next, (next) => this.#lentAhead(next));
  }

  start() {
    const root = this.main.querySelector("[data-task], [data-finished]");
    this.#show({ root, pristine: root.cloneNode(true), task: root.dataset.task ?? "", at: Date.now() });
  }

  get task() {
    return this.#screen.task;
  }

  // What the task says

  changed(task) {
    this.#screen.touched = true;
    const content = task.content();
    this.#screen.draft.keep(content);
    if (this.#screen.isWork) this.parts.tabs.tell({ kind: "draft", task: task.id, content });
  }

  async submit(task) {
    const screen = this.#screen;
    if (screen.isPractice) return this.#practise(screen);
    const content = task.content();
    const entry = this.parts.outbox.put({
      project: this.parts.project,
      task: task.id,
      body: task.body(),
      said: task.sentence(),
      about: about(screen.root),
      ...this.#place(screen),
    });
    screen.draft.discard();
    screen.over = true;
    // What was saved before says nothing of this one.
    this.parts.status.toast("");
    this.#record = { key: entry.key, ranking: "", pristine: screen.pristine, content };
    this.#opened.set(entry.key, this.#record);
    if (!screen.back) this.parts.undo.open(this.#record);
    if (!screen.isRevision) this.#over(task.id, "submitted");
    await (screen.back ? this.#await(entry) : this.#goOn(() => this.#await(entry)));
  }

  async skip(task) {
    const screen = this.#screen;
    const reason = await askReason();
    if (!reason || this.#screen !== screen) return;
    task.setBusy(true);
    screen.over = true;
    const answer = await skip(task.id, reason);
    const isGone = answer.ok || answer.status === 409;
    screen.over = isGone;
    task.setBusy(false);
    if (isSignedOut(answer)) this.parts.signedOut();
    else if (isPassing(answer)) task.say(gettext("No answer from the server. Skip again when the connection is back."));
    else if (!isGone) task.say(whyRefused(answer));
    else {
      screen.draft.discard();
      this.#over(task.id, "skipped");
      // Undo may have brought the ranking before it back meanwhile.
      if (this.#screen !== screen) return;
      this.parts.status.toast(answer.ok ? gettext("Skipped") : gettext("That prompt had gone back to the others already"));
      await this.#goOn(() => this.#fetchNext());
    }
  }

  undo() {
    const record = !this.#screen.isRevision && this.parts.undo.take();
    if (!record) return;
    this.#setAside();
    this.parts.status.toast("");
    this.#show(revisionOf(record), record.content);
  }

  /* A refused ranking whose task this page still has. */
  reopener(entry) {
    const record = this.#opened.get(entry.key);
    return record && (() => {
      const { pristine, content } = record;
      const place = { ranking: entry.ranking, follows: entry.follows };
      this.#setAside();
      this.#show({ root: pristine.cloneNode(true), pristine, task: pristine.dataset.task, place }, content);
      this.#takeBack(entry);
    });
  }

  async leave() {
    const { record, draft, back } = this.#screen;
    draft.discard();
    this.parts.status.toast("");
    if (back) return location.assign(back);
    if (record) this.parts.undo.resume(record);
    if (this.#aside) return this.#comeBack();
    // Opened from the list of one's rankings: that is where one came from.
    const from = document.referrer && new URL(document.referrer);
    if (from?.origin === location.origin && from.pathname !== location.pathname) location.assign(from);
    else await this.#fetchNext();
  }

  // What the outbox, the lease and other tabs say

  accepted({ key, ranking }) {
    const record = this.#opened.get(key);
    if (record) record.ranking = ranking;
    // Only what can still be refused may have to be opened again.
    this.#opened.delete(key);
    this.#prepare();
  }

  refused(entry) {
    if (this.#record?.key === entry.key) this.parts.undo.close();
    this.#prepare();
  }

  waited() {
    const screen = this.#screen;
    const { outbox } = this.parts;
    if (!screen?.awaits || !outbox.stuck.length) return;
    const signedOut = gettext("Your ranking is kept here and is sent when you have signed in.");
    const unheard = gettext("No answer from the server. Your ranking is kept here and is sent as soon as it can be.");
    screen.task.say(outbox.signedOut ? signedOut : unheard);
  }

  leaseLost(task) {
    if (this.ahead.task === task) this.ahead.drop();
    if (this.#screen.task?.id !== task) return this.#prepare();
    if (this.#screen.touched || this.#screen.over) {
      this.task.say(gettext("The time for this prompt ran out and it went back to the others. If nobody has taken it, submitting still works."));
      return;
    }
    this.#goOn(() => this.#fetchNext());
    this.parts.status.toast(gettext("The time for the last prompt had run out; this is another one"));
  }

  /* Nobody types in two tabs at once: whose hand is at this one sees its own order. */
  drafted({ task, content }) {
    const busyHere = Date.now() - this.parts.activity.last < HERE_MS || this.#screen.over;
    if (this.task?.id === task && this.#screen.isWork && !busyHere) this.#screen.follow(content);
  }

  goneElsewhere({ task, how }) {
    this.parts.lease.release(task);
    if (this.ahead.task === task) this.ahead.drop();
    if (this.#aside?.task === task) this.#aside = { task: "" };
    if (this.task?.id !== task || !this.#screen.isWork || this.#screen.over) return this.#prepare();
    this.#screen.draft.discard();
    const said = { submitted: gettext("You submitted that prompt in another tab"), skipped: gettext("You skipped that prompt in another tab") };
    this.parts.status.toast(said[how] ?? "");
    this.#goOn(() => this.#fetchNext());
  }

  // How one task follows another

  /* Where a ranking goes: to its assignment, or over the ranking that it revises. */
  #place({ task, record, place }) {
    if (place) return place;
    if (!task.revises) return {};
    if (!record) return task.revises === UNSENT ? {} : { ranking: task.revises };
    return record.ranking ? { ranking: record.ranking } : { follows: record.key };
  }

  #show(shown, content) {
    this.#screen?.leave();
    this.parts.status.kept("");
    const screen = new Screen(this.main, shown, content, this.parts);
    this.#screen = screen;
    if (this.ahead.task === shown.task) this.ahead.drop();
    if (shown.at) this.#holdLease(shown);
    this.parts.lease.show(screen.isWork ? screen.task.id : "");
    // A reload must bring back what is on screen, and not the revision that the address once asked for.
    if (location.search && !screen.isRevision && !screen.back) history.replaceState(null, "", location.pathname);
    window.scrollTo({ top: 0, behavior: "instant" });
    screen.root.querySelector("[data-start]").focus({ preventScroll: true });
    if (screen.entry?.state === "waiting") this.#await(screen.entry);
    else if (screen.entry) this.#takeBack(screen.entry);
    this.#prepare();
  }

  /* Shows what was set aside or has been fetched ahead at once; else waits, for what is on its way or for `otherwise()`. */
  async #goOn(otherwise) {
    if (this.#aside) return this.#comeBack();
    const next = this.ahead.take();
    if (next) return this.#show(next);
    const screen = this.#screen;
    screen.task?.setBusy(true);
    const coming = await this.ahead.coming();
    if (this.#screen !== screen) return;
    if (coming) this.#show(coming);
    else await otherwise();
  }

  async #await(entry) {
    const screen = this.#screen;
    Object.assign(screen, { awaits: entry, over: true });
    screen.task.setBusy(true);
    this.waited();
    const outcome = await this.parts.outbox.settled(entry);
    if (this.#screen !== screen) return;
    const refused = outcome === "refused" && this.parts.outbox.of(entry.task);
    if (refused && (isCorrectable(refused) || screen.back)) this.#takeBack(refused);
    else if (screen.back) location.assign(screen.back);
    else await this.#goOn(() => this.#fetchNext());
  }

  /* The refused ranking on screen is work again, and a draft before the outbox lets go of it. */
  #takeBack(entry) {
    const { root, task, draft, content } = Object.assign(this.#screen, { touched: true, over: false, awaits: null });
    draft.keep(content);
    // Its lease was released with the submission and may be of any age: as old as this, it is renewed at the next tick.
    this.#holdLease({ root, task: task.id, at: Date.now() - 20_000 * Number(root.dataset.leaseMinutes) });
    task.setBusy(false);
    task.say(whyRefused(entry));
    this.parts.outbox.forget(entry.key);
  }

  async #fetchNext() {
    const screen = this.#screen;
    for (;;) {
      const { html, status } = await fragment(this.parts.urls.next);
      if (this.#screen !== screen) return;
      const next = html && parse(html);
      if (next) {
        this.parts.signedIn();
        return this.#show(next);
      }
      if (status === 401) this.parts.signedOut();
      else if (status === 404) return this.parts.notices.show("closed", gettext("This project is not open to you any more."));
      else this.parts.status.toast(gettext("The next prompt could not be loaded yet. Trying again…"));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #prepare() {
    const screen = this.#screen;
    const at = this.#aside ? this.#aside.task : screen.isRevision || screen.back ? "" : screen.task?.id;
    // The server lends two at most: the one at hand and one ahead. What waits to be sent still counts.
    if (!at || this.parts.outbox.waiting.some((entry) => !entry.ranking && !entry.follows)) return;
    this.ahead.prepare(at, () => this.#screen === screen);
  }

  #lentAhead(next) {
    if (next.task === this.task?.id) this.ahead.drop();
    else this.#holdLease(next);
  }

  /* What is lent beside the slots is nobody else's to take: it waits for its decision however long that takes. */
  #holdLease({ root, task, at }) {
    const { practice, revises, back } = root.dataset;
    if (task && !practice && !revises && !back) this.parts.lease.hold(task, Number(root.dataset.leaseMinutes), at);
  }

  #setAside() {
    const { task, pristine, content, over } = this.#screen;
    // One that has been submitted does not come back; what does is asked of the server then.
    this.#aside ??= { task: over ? "" : (task?.id ?? ""), pristine, content };
  }

  #comeBack() {
    const { task, pristine, content } = this.#aside;
    this.#aside = null;
    if (task) this.#show({ root: pristine.cloneNode(true), pristine, task }, content);
    else this.#goOn(() => this.#fetchNext());
  }

  #over(task, how) {
    this.parts.lease.release(task);
    this.parts.tabs.tell({ kind: "gone", task, how });
  }

  async #practise(screen) {
    if (await practise(screen, this.parts.urls.practice, this.parts.signedOut)) await this.#goOn(() => this.#fetchNext());
  }
}
