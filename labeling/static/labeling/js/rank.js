/* The ranking page: shows one task after another, fetching the next while this one is read. */
import { heartbeat, nextTask } from "./rank/api.js";
import { askReason, showKeys } from "./rank/dialogs.js";
import { deliverAgain, undelivered } from "./rank/outbox.js";
import { foldLongMessages, keepGuidelines, openRatingsTogether, rememberGuidelines } from "./rank/reading.js";
import { Task } from "./rank/task.js";

const PREFETCH_AFTER_MS = 400;
const RETRY_MS = 3000;
const TOAST_MS = 4000;

const main = document.querySelector("[data-rank]");
const { user, next: nextUrl, login } = main.dataset;
const toastElement = document.querySelector("[data-toast]");
const announcer = document.querySelector("[data-announce]");
const page = { user, login, announce, askReason, showKeys, onDone };

let task = null;
let ahead = null;
let aheadId = "";
let beating = 0;

function mount(root) {
  foldLongMessages(root);
  rememberGuidelines(root, user);
  openRatingsTogether(root, user);
  task = new Task(root, page);
  ahead = new Promise((resolve) => setTimeout(resolve, PREFETCH_AFTER_MS)).then(() => fetchAhead(root.dataset.task));
  clearInterval(beating);
  beating = setInterval(beat, task.leaseMs / 3);
}

async function fetchAhead(id) {
  const html = await nextTask(nextUrl, id);
  const root = html && parse(html);
  aheadId = root?.dataset.task ?? "";
  // "Nothing left" may have changed by the time it is needed.
  return aheadId ? root : null;
}

function beat() {
  if (document.hidden || !task) return;
  task.renew();
  if (aheadId) heartbeat(aheadId);
}

async function onDone({ said, counted }) {
  if (counted) count();
  toast(said);
  const fetched = ahead;
  const root = (await fetched) ?? (await fetchNow());
  show(root);
}

async function fetchNow() {
  for (;;) {
    const html = await nextTask(nextUrl);
    if (html) return parse(html);
    toast("The next prompt could not be loaded yet. Trying again…");
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function show(root) {
  const before = main.querySelector("[data-task], [data-finished]");
  keepGuidelines(before, root);
  before.replaceWith(root);
  task = null;
  if (root.dataset.task) mount(root);
  window.scrollTo({ top: 0, behavior: "instant" });
  root.querySelector("[data-start]").focus({ preventScroll: true });
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html").querySelector("[data-task], [data-finished]");

function count() {
  document.querySelector("[data-mine]").textContent = Number(document.querySelector("[data-mine]").textContent) + 1;
  document.querySelector("[data-progress]").value += 1;
}

function announce(text) {
  announcer.textContent = text;
}

let toastTimer = 0;
function toast(text) {
  clearTimeout(toastTimer);
  toastElement.textContent = text;
  toastElement.hidden = false;
  toastTimer = setTimeout(() => (toastElement.hidden = true), TOAST_MS);
}

async function sendUndelivered() {
  for (const id of undelivered(user)) {
    // The one on screen goes the usual way: its outcome decides what is shown next.
    if (id === task?.id) task.submitAgain();
    else if ((await deliverAgain(user, id, () => {})).ok) toast("A ranking from before is saved now");
  }
}

const first = main.querySelector("[data-task]");
if (first) mount(first);
sendUndelivered();
document.addEventListener("visibilitychange", beat);
