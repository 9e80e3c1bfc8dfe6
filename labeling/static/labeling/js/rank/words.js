/* The order in words: for the bar, the live announcements and the reason why it can't be submitted yet. Pure. */
import { missing, placeOf } from "./state.js";

const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });
const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };

export const ordinal = (n) => `${n}${ENDINGS[ORDINALS.select(n)]}`;

/* "B > A = D > C" */
export const sentence = (tiers, letterOf) => tiers.map((tier) => tier.map(letterOf).join(" = ") || "…").join(" > ");

export function placeWords(state, id, letterOf) {
  const at = placeOf(state, id);
  if (!at) return `Rank ${letterOf(id)} next`;
  return `${ordinal(at.place)}${at.tied ? ", tied" : ""}`;
}

/* What a listener needs to hear after a step. */
export function announcement(state, before, letterOf, ids) {
  const moved = ids.filter((id) => JSON.stringify(placeOf(state, id)) !== JSON.stringify(placeOf(before, id)));
  const said = moved.map((id) => {
    const at = placeOf(state, id);
    if (!at) return `${letterOf(id)} is out`;
    const others = state.tiers[at.place - 1].filter((other) => other !== id).map(letterOf);
    return `${letterOf(id)} is ${ordinal(at.place)}${others.length ? `, tied with ${others.join(" and ")}` : ""}`;
  });
  if (state.tying && !before.tying) said.push("the next one ties with the one before");
  if (!state.tying && before.tying && moved.length === 0) said.push("no tie");
  if (missing(state, ids).length === 0 && said.length) said.push("all ranked, Enter submits");
  return said.length ? `${said.join("; ")}.` : "Nothing changed.";
}

/* Why it cannot be submitted, or "" when it can. `touch`: there is no keyboard to speak of. */
export function reason(state, ids, letterOf, { touch = false } = {}) {
  const left = missing(state, ids).map(letterOf);
  if (left.length === 0) return "";
  if (left.length === ids.length) return touch ? "Tap the cards, best first" : "Type the letters or click the cards, best first";
  return `${left.join(", ")} still to rank`;
}
