/* Which key means what. Letters are the responses', so every other command is a key that is no letter. */

const WRITING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const PRESSABLE = "button, a, summary, input";

/* Calls `command(name, argument)` for each key press that means something; returns how to stop listening. */
export function listen(command, { letters, isComplete }) {
  const onKeydown = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.target.closest(WRITING)) {
      // The way back from a text field to the keys.
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const means = meaning(event, letters, isComplete());
    if (!means) return;
    event.preventDefault();
    // A held key would rank, take back and submit by itself.
    if (!event.repeat) command(...means);
  };
  document.addEventListener("keydown", onKeydown);
  return () => document.removeEventListener("keydown", onKeydown);
}

function meaning(event, letters, complete) {
  const { key, target } = event;
  const letter = key.length === 1 ? key.toUpperCase() : "";
  if (letters.includes(letter)) return [event.shiftKey ? "acceptable" : "rank", letter];
  if (key === "=") return ["tie"];
  if (key === ">") return ["untie"];
  if (key === "0") return ["none"];
  if (key === "?") return ["help"];
  if (key === "Backspace") return ["back"];
  if (key === "Escape") return ["clear"];
  if (key === "Enter") return enter(target, complete);
  const card = target.closest("[data-card]");
  if (/^[1-9]$/.test(key) && card && !target.closest("[data-ratings]")) return ["place", card.dataset.card, Number(key)];
  return null;
}

function enter(target, complete) {
  const pressable = target.closest(PRESSABLE);
  // The card's own button is pressed by Enter like any other, until there is nothing left to rank: then a last Enter
  // must submit and not take that card out again.
  if (pressable && !(complete && pressable.matches("[data-place], input[type=radio]"))) return null;
  return ["submit"];
}
