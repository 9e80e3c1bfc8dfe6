/* One prompt being ranked: commands change the state, every change is shown, announced and reported to the flow, which keeps
   and sends it. Nothing here talks to the server. */
import { Asks } from "./asks.js";
import { Bar, reading } from "./bar.js";
import { Cards } from "./cards.js";
import { contentOf, isBesideTheOrder, stateFrom } from "./content.js";
import { Effort } from "./effort.js";
import { begin, redo, same, step, undo } from "./history.js";
import { format, gettext } from "./i18n.js";
import { listen } from "./keys.js";
import { isMove, move } from "./moves.js";
import { LINE } from "./row.js";
import { Sentence } from "./sentence.js";
import { isRanked, lastOf } from "./state.js";
import { Texts } from "./texts.js";
import { announcement, lack, sentence, stuck } from "./words.js";

// The second press of a double Enter comes to the next prompt, which a draft may have completed already.
const SETTLES_MS = 300;
const TICK_MS = 500;

export class Task {
  #history;
  #busy = false;
  #confirmed = false;
  #born = performance.now();

  /* page: {user, announce(text), showKeys(), onChange(task), onSubmit(task), onSkip(task), onUndoSubmitted(), onLeave(task)} */
  constructor(root, page) {
    const { task = "", revises = "", practice = "", ties, asks = "", dimensions = "[]", minReading = 0, guidelinesVersion } = root.dataset;
    Object.assign(this, { root, page, id: task, revises, practice, ties: ties === "1", asks: asks.split(" ") });
    this.dimensions = JSON.parse(dimensions);
    this.minReading = Number(minReading);
    this.guidelinesVersion = Number(guidelinesVersion) || null;
    this.cards = new Cards(root);
    this.bar = new Bar(root.querySelector(".bar"), { revising: Boolean(revises) });
    this.order = new Sentence(this.bar.root, this.cards);
    this.given = new Asks(root, { letterOf: this.cards.letterOf, user: page.user });
    this.texts = new Texts(root, () => this.#written());
    for (const part of root.querySelectorAll("[data-when-revising]")) part.hidden = !revises;
    this.restore(JSON.parse(root.dataset.draft || "null"));
    this.#listen();
  }

  get state() {
    return this.#history.now;
  }

  get #world() {
    return { state: this.state, ids: this.cards.ids, ties: this.ties };
  }

  command = (name, ...details) => {
    if (this.#busy) return;
    if (isMove(name)) return this.#move(move(name, this.#world, ...details));
    const commands = {
      back: () => this.#back(),
      undo: () => this.#undo(),
      redo: () => this.#redo(),
      answer: (target, value) => this.given.answer(target, value),
      ratings: () => this.given.goTo("ratings"),
      flags: () => this.given.goTo("flags"),
      confidence: () => this.given.goTo("confidence"),
      rationale: () => this.texts.goTo("rationale"),
      better: () => this.texts.goTo("better_response"),
      read: (what) => this.root.dispatchEvent(new CustomEvent(`rank:${what}`)),
      escape: () => this.#escape(),
      leave: () => this.page.onLeave(this),
      skip: () => this.page.onSkip(this),
      submit: () => this.#submit(),
      confirm: () => this.#confirm(),
      help: () => this.page.showKeys(),
    };
    commands[name](...details);
  };

  content() {
    return { ...contentOf(this.state), ...this.texts.content, ...this.effort.content };
  }

  body() {
    const { better_response, ...content } = this.content();
    return {
      ...content,
      ...(this.asks.includes("better") ? { better_response: better_response.trim() && better_response } : {}),
      guidelines_version: this.guidelinesVersion,
      as_shown_confirmed: this.#confirmed && this.#isAsShown(),
    };
  }

  restore(content) {
    this.#history = begin(stateFrom(content, this.cards.ids, { ties: this.ties, dimensions: this.dimensions }));
    this.#confirmed = false;
    this.texts.content = content;
    this.effort?.stop();
    this.effort = new Effort(content);
    this.say(this.#changedBy(content));
    this.#show();
    this.#tick();
  }

  /* What the page cannot show as it was said. */
  #changedBy(content) {
    if (!this.ties && content?.tiers?.some((tier) => tier.length > 1)) {
      return gettext("This project does not allow ties any more. What was tied stands one below the other now.");
    }
    if (!isBesideTheOrder(content, this.cards.ids)) return "";
    return gettext("What may be shown did not follow the order. Draw the line anew if you want to say it.");
  }

  setBusy(busy) {
    this.#busy = busy;
    this.texts.rest(busy);
    this.#show();
    this.#tick();
  }

  say(text, action) {
    this.bar.say(text, action);
  }

  sentence() {
    return sentence(this.state, this.cards.letterOf, this.texts.better);
  }

  stop() {
    this.effort.stop();
    clearTimeout(this.timer);
    this.unlisten();
  }

  #listen() {
    const { letters, idOf } = this.cards;
    const mayAsk = (name) => (ASKS[name] ? this.asks.includes(ASKS[name]) : !(this.practice && LINE_COMMANDS.includes(name)));
    this.unlisten = listen(this.command, { letters, idOf, isComplete: () => !this.#lack(), mayAsk });
    const rank = (id) => this.command("rank", id);
    const lift = (id) => this.command("lift", id);
    const isIn = (id) => isRanked(this.state, id);
    this.cards.listen({ rank, lift, show: (id) => this.command("show", id) }, isIn);
    this.order.listen(
      {
        press: (id) => (id === LINE ? null : isIn(id) ? this.cards.goTo(id) : rank(id)),
        nudge: (id, by) => this.command("nudge", id, by),
        lift,
        drop: (id, target) => this.command("drop", id, target),
        yours: () => this.command("better"),
      },
      { ties: this.ties, hint: (text) => (text ? this.bar.hint(text) : this.#endHint()) },
    );
    this.bar.listen(this.command);
    for (const button of this.root.querySelectorAll("[data-do]:not(.bar *)")) {
      button.addEventListener("click", () => this.command(button.dataset.do));
    }
    // A fold that was clicked keeps no focus, else the next Enter would fold it again and not submit.
    this.root.addEventListener("mousedown", (event) => event.target.closest("summary") && event.preventDefault());
    this.given.listen((edit, said) => this.#busy || this.#become(step(this.#history, edit(this.state)), said));
  }

  /* A change of the order or its line. */
  #move([next, about]) {
    const history = step(this.#history, next);
    if (history === this.#history) return this.page.announce(stuck(next, this.ties));
    this.#become(history, this.#announcement(next, about));
    this.order.reveal(about);
  }

  #become(history, said) {
    const before = this.state;
    this.#history = history;
    this.#confirmed = false;
    this.effort.count({ moved: !same(before.tiers, this.state.tiers) });
    this.bar.unfold(false);
    this.say("");
    this.#show();
    this.page.announce(typeof said === "function" ? said(this.state) : said);
    this.page.onChange(this);
  }

  /* Back and forth through the history; each is a move of its own. */
  #travel(history, beside) {
    this.#become(history, this.#announcement(history.now) || beside);
  }

  #announcement(next, about) {
    const { ids, letterOf } = this.cards;
    return announcement(next, this.state, letterOf, ids, about);
  }

  /* A restored draft has no history; its last response is what there is to take back. */
  #back() {
    const last = lastOf(this.state);
    if (this.#history.past.length) this.#travel(undo(this.#history), gettext("Taken back."));
    else if (last) this.command("lift", last);
  }

  #undo() {
    if (this.#history.past.length) this.#travel(undo(this.#history), gettext("Taken back."));
    else this.page.onUndoSubmitted();
  }

  #redo() {
    if (this.#history.future.length) this.#travel(redo(this.#history), gettext("Done again."));
  }

  #escape() {
    if (this.bar.isUnfolded) this.bar.unfold(false);
    else if (this.bar.asks) this.say("");
    else if (this.given.has) this.given.leave();
    else if (this.revises) this.page.onLeave(this);
    else this.command("clear");
  }

  #written() {
    this.page.onChange(this);
    this.#showOrder();
  }

  #lack() {
    return lack(this.state, this.cards.ids, this.cards.letterOf);
  }

  get #readFor() {
    return Math.max(0, this.minReading - this.effort.seconds);
  }

  #isAsShown() {
    return same(this.state.tiers, this.cards.ids.map((id) => [id]));
  }

  #submit() {
    const settling = !this.#history.past.length && performance.now() - this.#born < SETTLES_MS;
    if (settling) return;
    const why = this.#lack() || (this.#readFor && reading(this.#readFor));
    if (why) this.page.announce(why);
    else if (this.#isAsShown() && !this.#confirmed) this.#ask();
    else this.page.onSubmit(this);
  }

  #ask() {
    const text = this.bar.touch
      ? gettext("This is exactly the order in which they were shown: %(order)s. Is it your judgement? Say so, or change it.")
      : gettext("This is exactly the order in which they were shown: %(order)s. Is it your judgement? Press Y, or change it.");
    const yes = { label: gettext("Yes, it is my judgement"), run: () => this.command("confirm") };
    this.bar.ask(format(text, { order: this.sentence() }), yes);
  }

  #confirm() {
    this.#confirmed = true;
    this.say("");
    this.page.onSubmit(this);
  }

  #show() {
    this.cards.show(this.state);
    this.given.show(this.state);
    this.#showOrder();
    this.#showBar();
  }

  #showOrder() {
    this.order.show(this.state, { yours: this.texts.better });
  }

  #showBar() {
    const { ids, letterOf } = this.cards;
    const { past, future } = this.#history;
    this.bar.show(this.state, {
      ids,
      letterOf,
      canUndo: past.length > 0 || this.state.tiers.length > 0,
      canRedo: future.length > 0,
      busy: this.#busy,
      readFor: this.#readFor,
    });
  }

  #endHint() {
    this.bar.hint("");
    this.#showBar();
  }

  /* The seconds left to read count down in the open; nobody has to look away while none are left. */
  #tick() {
    clearTimeout(this.timer);
    if (!this.bar.waiting) return;
    this.timer = setTimeout(() => {
      this.#showBar();
      this.#tick();
    }, TICK_MS);
  }
}

/* What each of these commands needs to be asked by the project. */
const ASKS = { ratings: "ratings", flags: "flags", confidence: "confidence", rationale: "rationale", better: "better", skip: "skip" };

/* Practice asks for the order alone. */
const LINE_COMMANDS = ["line", "none", "drawBelow"];
