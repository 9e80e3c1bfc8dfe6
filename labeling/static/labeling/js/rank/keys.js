/* Which key was pressed, and what it means. Letters are the responses', so every other command is a sign. */

import { charactersMean } from "./characters.js";

const WRITING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const PRESSABLE = "button, a, summary";

// On these keys a layout without Latin letters (ЖЭБЮ) has letters, where the signs are that commands need.
const BESIDE_LETTERS = { Semicolon: ";:", Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Backslash: "\\|", Backquote: "`~" };

/* Calls `command(name, …details)` for each press that means something; returns how to stop listening.
   `letters` and `idOf(letter)`: the responses. `isComplete()`: nothing is left to rank. `mayAsk(name)`: the project asks for it. */
export function listen(command, { letters, idOf, isComplete, mayAsk }) {
  const onKeydown = (event) => {
    if (event.defaultPrevented) return;
    if (leavesText(event)) event.target.blur();
    const means = meaning(event, { letters, idOf, complete: isComplete() });
    if (!means || !mayAsk(means[0])) return;
    event.preventDefault();
    // A held key would rank, take back and submit by itself.
    if (!event.repeat) command(...means);
  };
  document.addEventListener("keydown", onKeydown);
  return () => document.removeEventListener("keydown", onKeydown);
}

/* Whether keys mean nothing now: a text field or dialog has them, an input method is composing. */
export function keysRest(event) {
  const composing = event.isComposing || event.keyCode === 229;
  return composing || Boolean(event.target.closest(WRITING)) || Boolean(document.querySelector("dialog[open]"));
}

/* The way back from a text field to the keys. */
const leavesText = (event) =>
  event.key === "Escape" && !event.isComposing && event.target.closest(WRITING) && !document.querySelector("dialog[open]");

/* The sign or capital letter that a press makes on this keyboard, a name such as "Enter", or "" when it is the browser's. */
export function signOf(event) {
  // Full-width signs and letters, as Chinese and Japanese keyboards make them, are the same ones.
  const key = event.key.normalize("NFKC");
  const { code } = event;
  const composed = isComposed(event);
  if ((event.ctrlKey || event.metaKey || event.altKey) && !composed) return "";
  if (key.length > 1) return key;
  if (/^[a-z]$/i.test(key)) return composed ? "" : key.toUpperCase();
  if (/\p{Nd}/u.test(key)) return /^[0-9]$/.test(key) ? key : (code.match(/[0-9]$/)?.[0] ?? "");
  if (!/\p{L}|\p{M}/u.test(key)) return key;
  // ä and ñ stand on such keys too, but their layouts have the signs elsewhere.
  if (/\p{Script=Latin}/u.test(key)) return "";
  return letterOf(code) || BESIDE_LETTERS[code]?.[event.shiftKey ? 1 : 0] || "";
}

function meaning(event, { letters, idOf, complete }) {
  if (keysRest(event)) return null;
  const history = historyKey(event);
  if (history) return [history];
  const sign = signOf(event);
  const { target } = event;
  // Switched off, characters mean something to what has the focus alone.
  if ([...sign].length === 1 && !charactersMean()) return /^[1-9]$/.test(sign) ? digit(target, Number(sign)) : null;
  if (sign === "Y" && document.querySelector("[data-confirm]")) return ["confirm"];
  if (letters.includes(sign)) return [event.shiftKey ? "drawBelow" : "rank", idOf(sign)];
  if (/^[0-9]$/.test(sign)) return digit(target, Number(sign));
  if (sign === "Enter") return enter(target, complete);
  return COMMANDS[sign] ?? null;
}

const COMMANDS = {
  "=": ["tie"],
  ">": ["untie"],
  "|": ["line"],
  "?": ["help"],
  "-": ["skip"],
  ".": ["ratings"],
  ",": ["confidence"],
  "!": ["flags"],
  "/": ["rationale"],
  "+": ["better"],
  ";": ["read", "focus"],
  "'": ["read", "scroll"],
  "#": ["read", "compare"],
  Backspace: ["back"],
  Escape: ["escape"],
};

/* Digits belong to what has the focus: a rating, the flags, the confidence, or a response whose place they give. */
function digit(target, value) {
  const asked = target.closest("[data-asked]");
  // No digit means the order or its line while it is something else that is being answered.
  if (asked) return value > 0 ? ["answer", target, value] : null;
  if (value === 0) return ["none"];
  const response = target.closest("[data-card], [data-chip]");
  return response ? ["place", response.dataset.card ?? response.dataset.chip, value] : null;
}

function enter(target, complete) {
  const pressable = target.closest(PRESSABLE);
  // A card's own button or a chip is pressed by Enter like any other, until there is nothing left to rank: then a last
  // Enter must submit, and not take that card out again.
  return pressable && !(complete && pressable.matches("[data-place], [data-chip]")) ? null : ["submit"];
}

function historyKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return "";
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : letterOf(event.code);
  if (letter === "Z") return event.shiftKey ? "redo" : "undo";
  return letter === "Y" && !event.shiftKey ? "redo" : "";
}

const letterOf = (code) => code.match(/^Key([A-Z])$/)?.[1] ?? "";

/* AltGr reports Ctrl and Alt on some systems; a Mac makes signs with Option. */
const isComposed = (event) =>
  event.getModifierState("AltGraph") || (event.altKey && !event.ctrlKey && !event.metaKey && /^Mac|^iP/.test(navigator.platform));
