/* The sheets: all keys, the reason for a skip, breaks, and rankings that were not taken. */
import { gettext } from "./i18n.js";
import { whyRefused } from "./refusals.js";

const sheet = (name) => document.querySelector(`[data-${name}]`);

export function showKeys() {
  sheet("help").showModal();
}

/* The reason in the annotator's words, or "" when they thought better of it. */
export function askReason() {
  const skip = sheet("skip");
  const text = skip.querySelector("[data-skip-reason]");
  const kinds = [...skip.querySelectorAll("[name=skip-kind]")];
  skip.querySelector("form").reset();
  skip.returnValue = "";
  skip.showModal();
  const explain = () => (text.required = kinds.find((kind) => kind.checked)?.value === "other");
  skip.addEventListener("change", explain);
  return new Promise((resolve) => {
    const done = () => {
      skip.removeEventListener("change", explain);
      const kind = kinds.find((one) => one.checked)?.value;
      const said = [kind, text.value.trim()].filter((part) => part && part !== "other").join(": ");
      resolve(skip.returnValue === "skip" ? said : "");
    };
    skip.addEventListener("close", done, { once: true });
  });
}

/* The minutes of work after which a break is proposed; 0 for never. */
export function offerBreaks(pause) {
  const field = sheet("pause-minutes");
  field.addEventListener("change", () => (pause.minutes = Math.max(0, Math.round(Number(field.value) || 0))));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-open-breaks]")) return;
    sheet("help").close();
    field.value = pause.minutes;
    sheet("breaks").showModal();
  });
}

/* Rankings that the server did not take, in words; each may be tried again or let go. */
export function showRefused(entries, { onRetry, onForget, onOpen }) {
  const dialog = sheet("refused");
  const list = dialog.querySelector("[data-refused-list]");
  const close = (act) => (key) => {
    dialog.close();
    act(key);
  };
  list.replaceChildren(...entries.map((entry) => described(entry, { onRetry: close(onRetry), onForget: close(onForget), onOpen: onOpen(entry) && close(onOpen(entry)) })));
  dialog.showModal();
}

function described(entry, { onRetry, onForget, onOpen }) {
  const item = element("li", "");
  item.append(element("p", entry.said, "said"), element("p", whyRefused(entry), "note"));
  item.append(element("p", entry.about.prompt));
  const responses = element("dl", "", "begun");
  for (const [letter, beginning] of entry.about.responses) responses.append(element("dt", letter), element("dd", beginning));
  item.append(responses);
  for (const text of [entry.body.rationale, entry.body.better_response].filter(Boolean)) item.append(element("blockquote", text));
  const actions = element("div", "", "actions");
  if (onOpen) actions.append(button(gettext("Open it again"), () => onOpen(entry.key)));
  actions.append(button(gettext("Try again"), () => onRetry(entry.key)), button(gettext("Let it go"), () => onForget(entry.key)));
  item.append(actions);
  return item;
}

function element(name, text, kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = kind;
  made.dir = "auto";
  return made;
}

function button(label, run) {
  const made = element("button", label, "button small");
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}
