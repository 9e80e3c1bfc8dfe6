/* The ranking page: its parts, and who hears whom. What happens when is in rank/flow.js. */
import { Activity } from "./rank/activity.js";
import { offerSwitch } from "./rank/characters.js";
import { offerBreaks, showKeys, showRefused } from "./rank/dialogs.js";
import { Flow } from "./rank/flow.js";
import { Guidelines } from "./rank/guidelines.js";
import { format, gettext, ngettext } from "./rank/i18n.js";
import { Lease } from "./rank/lease.js";
import { Notices } from "./rank/notices.js";
import { Outbox } from "./rank/outbox.js";
import { Pace } from "./rank/pace.js";
import { Pause } from "./rank/pause.js";
import { whyRefused, isCorrectable } from "./rank/refusals.js";
import { StatusLine } from "./rank/status.js";
import { read, write } from "./rank/store.js";
import { Tabs } from "./rank/tabs.js";
import { UndoWindow } from "./rank/undo.js";

const main = document.querySelector("[data-rank]");
const { user, project, login } = main.dataset;
const announcer = document.querySelector("[data-announce]");
const undoButton = document.querySelector("[data-undo]");

const activity = new Activity();
const notices = new Notices(document.querySelector("[data-notices]"));
const status = new StatusLine(document.querySelector("[data-status]"));
const pace = new Pace(document);
const undo = new UndoWindow(undoButton, () => flow.undo());
const tabs = new Tabs(user, (message) => heard[message.kind]?.(message));
const outbox = new Outbox(user, { onAccepted, onRefused: (entry) => flow.refused(entry), onChange: showOutbox });
const lease = new Lease(activity, {
  onLeft: (ms) => status.lease(ms),
  onLost: (task) => flow.leaseLost(task),
  onRenewed: signedIn,
  onSignedOut: signedOut,
});
const taskPage = {
  user,
  announce: (text) => (announcer.textContent = text),
  showKeys,
  onChange: (task) => flow.changed(task),
  onSubmit: (task) => flow.submit(task),
  onSkip: (task) => flow.skip(task),
  onUndoSubmitted: () => flow.undo(),
  onLeave: () => flow.leave(),
};
const flow = new Flow(main, {
  user, project, activity, outbox, lease, tabs, undo, status, notices, signedOut, signedIn, taskPage,
  guidelines: new Guidelines(project),
  urls: { next: main.dataset.next, practice: main.dataset.practice },
});
const heard = {
  draft: (message) => flow.drafted(message),
  gone: (message) => flow.goneElsewhere(message),
  accepted: (message) => {
    outbox.delivered(message.key, message.ranking);
    flow.accepted(message);
  },
  saved: (saved) => {
    if (saved.project !== project) return;
    pace.add(saved);
    flow.goneElsewhere({ task: saved.task, how: "saved" });
  },
  // A tab that has just been opened shows that somebody is signed in; and what was saved while it was being loaded, it
  // has not counted.
  here: () => {
    outbox.signedOut = false;
    signedIn();
    outbox.deliver();
    pace.last.forEach((saved) => tabs.tell(saved));
  },
};

let leaving = false;

function onAccepted(entry, ranking) {
  signedIn();
  status.toast(format(gettext("Saved %(order)s"), { order: entry.said }));
  const accepted = { kind: "accepted", key: entry.key, ranking: String(ranking.id) };
  tabs.tell(accepted);
  if (!entry.ranking) {
    const seconds = entry.body.active_seconds ?? null;
    const at = Date.parse(ranking.created_at);
    const saved = { kind: "saved", project: entry.project, task: entry.task, id: ranking.id, at, seconds };
    heard.saved(saved);
    write(user, "saved", project, pace.last);
    tabs.tell(saved);
  }
  flow.accepted(accepted);
}

function showOutbox() {
  const { stuck, refused } = outbox;
  status.waiting(stuck.length);
  if (outbox.signedOut) signedOut();
  flow.waited();
  if (!refused.length) return notices.hide("refused");
  const [first] = refused;
  const text = refused.length === 1
    ? format(gettext("Not saved: %(order)s. %(reason)s"), { order: first.said, reason: whyRefused(first) })
    : format(ngettext("%(count)s ranking was not saved.", "%(count)s rankings were not saved.", refused.length), { count: refused.length });
  notices.show("refused", text, [{ label: gettext("Look at it"), run: lookAtRefused }]);
}

function lookAtRefused() {
  showRefused(outbox.refused, {
    onRetry: (key) => outbox.retry(key),
    onForget: (key) => outbox.forget(key),
    onOpen: (entry) => isCorrectable(entry) && flow.reopener(entry),
  });
}

function signedOut() {
  notices.show("session", gettext("You are signed out. Your work is kept in this browser and is sent when you are back."), [
    { label: gettext("Sign in"), href: login, onFollow: () => (leaving = true) },
  ]);
}

function signedIn() {
  notices.hide("session");
}

const pause = new Pause(user, activity, {
  onDue: (text) =>
    notices.show("pause", text, [
      { label: gettext("All right"), run: () => pause.again() },
      { label: gettext("No more reminders"), run: () => (pause.minutes = 0) },
    ]),
  onOver: () => notices.hide("pause"),
});
offerBreaks(pause);
offerSwitch(document.querySelector("[data-character-keys]"));

window.addEventListener("beforeunload", (event) => {
  if (!leaving && outbox.stuck.length) event.preventDefault();
});
// With no task on screen nobody else hears this key.
document.addEventListener("keydown", (event) => {
  if (!flow.task && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey) flow.undo();
});
// The bar stands on the line of status, however high that is in this language and at this width.
new ResizeObserver(([{ target }]) => main.style.setProperty("--status-height", `${target.offsetHeight}px`)).observe(
  document.querySelector("[data-status]"),
);

flow.start();
// What the page before this one heard of while this one was under way: the server made it without knowing.
read(user, "saved", project)?.forEach(heard.saved);
tabs.tell({ kind: "here" });
showOutbox();
outbox.deliver();
