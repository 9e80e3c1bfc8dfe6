/* A practice prompt: the order goes to the server, how it compares comes back and stands below the cards. */
import { fragment } from "./api.js";
import { gettext } from "./i18n.js";

/* A second Enter of the same double press must not turn the page before it has been read. */
const REST_MS = 400;

/* Resolves with whether the annotator wants to go on: true at Next or Enter, false when the attempt has not arrived. */
export async function practise({ root, task, draft }, url, signedOut) {
  task.setBusy(true);
  const { tiers } = task.body();
  const { html, status } = await fragment(url.replace("/0/", `/${task.practice}/`), { tiers });
  const feedback = html && new DOMParser().parseFromString(html, "text/html").querySelector("[data-feedback]");
  if (!feedback) {
    task.setBusy(false);
    if (status === 401 || status === 403) signedOut();
    else task.say(gettext("No answer from the server. Submit again when the connection is back."));
    return false;
  }
  draft.discard();
  root.querySelector(".answers").append(feedback);
  // There is nothing to change any more; the feedback has a button of its own.
  root.querySelector(".bar").hidden = true;
  feedback.scrollIntoView({ block: "nearest" });
  feedback.querySelector("[data-start]").focus({ preventScroll: true });
  await wantsToGoOn(feedback);
  return true;
}

function wantsToGoOn(feedback) {
  const shown = performance.now();
  return new Promise((resolve) => {
    const done = () => {
      document.removeEventListener("keydown", onKey, true);
      resolve();
    };
    const onKey = (event) => {
      // Another task may have taken its place.
      if (!feedback.isConnected) return document.removeEventListener("keydown", onKey, true);
      if (event.key !== "Enter" || event.repeat || event.target.closest("a, button, summary, textarea")) return;
      event.preventDefault();
      if (performance.now() - shown > REST_MS) done();
    };
    document.addEventListener("keydown", onKey, true);
    feedback.querySelector("[data-feedback-next]").addEventListener("click", done);
  });
}
