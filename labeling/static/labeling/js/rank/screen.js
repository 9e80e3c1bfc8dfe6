/* What is on screen: one task with its draft, or the end of the work. */
import { Draft } from "./draft.js";
import { keepGuidelines, prepareReading } from "./reading.js";
import { UNSENT } from "./revision.js";
import { Task } from "./task.js";

const PLACE = "[data-task], [data-finished]";

export class Screen {
  /* shown: {root, pristine, task}, for a revision that the undo window opened its `record`, and for a ranking opened again
     after its refusal the `place` where it was meant to go. `parts`: {user, outbox, guidelines, status, taskPage}.
     A screen is `over` once its task has been submitted or is being skipped. */
  constructor(main, shown, content, parts) {
    Object.assign(this, { ...shown, touched: false, over: false, parts });
    this.#place(main);
    if (this.root.dataset.task) this.#begin(content);
    else this.task = null;
  }

  get isRevision() {
    return Boolean(this.task?.revises);
  }

  get isPractice() {
    return Boolean(this.task?.practice);
  }

  /* Where this task was chosen and leads back to, and what belongs to it alone: a prompt to decide on; "" for all others. */
  get back() {
    return this.root.dataset.back ?? "";
  }

  /* Whether it is a prompt that was lent for ranking, one after another. */
  get isWork() {
    return this.task !== null && !this.isRevision && !this.isPractice && !this.back;
  }

  get content() {
    return this.task?.content() ?? null;
  }

  /* What another tab has made of the same task. */
  follow(content) {
    this.task.restore(content);
    this.draft.note(content);
  }

  leave() {
    this.task?.stop();
    this.reading?.stop();
    this.draft?.flush();
    this.draft?.stop();
  }

  #place(main) {
    const before = main.querySelector(PLACE);
    if (before === this.root) return;
    keepGuidelines(before, this.root);
    before.replaceWith(this.root);
  }

  #begin(content) {
    const { user, outbox, guidelines, status, taskPage } = this.parts;
    const { task: id, revises, practice } = this.root.dataset;
    // What corrects a ranking without an id finds its draft again by the task alone.
    this.draft = new Draft(user, revises && revises !== UNSENT ? `revision-${revises}` : id, {
      onServer: !revises && !practice,
      onKept: (where) => status.kept(where),
    });
    // What was submitted and has not arrived is what its author sees again, and not what was there before.
    this.entry = revises || practice ? null : outbox.of(id);
    const start = content ?? this.entry?.body ?? this.draft.newest(JSON.parse(this.root.dataset.draft || "null"));
    this.root.dataset.draft = JSON.stringify(start);
    guidelines.attend(this.root);
    this.reading = prepareReading(this.root, user);
    this.task = new Task(this.root, taskPage);
  }
}
