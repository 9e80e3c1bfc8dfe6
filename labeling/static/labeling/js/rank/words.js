/* The order in words: for the bar, the cards, the live announcements and the reason why it can't be submitted yet. Pure. */
import { format, gettext } from "./i18n.js";
import { acceptable, closed, isRanked, missing, placeOf } from "./state.js";

/* "B > A = D > C", and with the line of what may be shown "B > A = D | C". `own`: what the annotator wrote comes first. */
export function sentence({ tiers, line }, letterOf, own = false) {
  const parts = closed(tiers).map((tier) => tier.map(letterOf).join(" = "));
  const shown = line ?? parts.length;
  const above = [...(own ? [gettext("yours")] : []), ...parts.slice(0, shown)].join(" > ");
  return line === null ? above : `${above} | ${parts.slice(shown).join(" > ")}`.trim();
}

/* The same to be heard: "B, then A tied with D, then C". */
export const spoken = (tiers, letterOf) =>
  listed(
    closed(tiers).map((tier) => listed(tier.map(letterOf), gettext("%(first)s tied with %(second)s"))),
    gettext("%(first)s, then %(second)s"),
  );

export function ordinal(n) {
  const words = [
    gettext("first"), gettext("second"), gettext("third"), gettext("fourth"), gettext("fifth"),
    gettext("sixth"), gettext("seventh"), gettext("eighth"), gettext("ninth"),
  ];
  return words[n - 1] ?? format(gettext("in place %(n)s"), { n });
}

export function placeWords(state, id, letterOf) {
  const at = placeOf(state, id);
  if (!at) return format(gettext("Rank %(letter)s next"), { letter: letterOf(id) });
  return format(at.tied ? gettext("Place %(n)s, tied") : gettext("Place %(n)s"), { n: at.place });
}

/* Where a response stands: "A is now first, tied with C." */
export function standing(state, id, letterOf) {
  const letter = letterOf(id);
  const at = placeOf(state, id);
  if (!at) return format(gettext("%(letter)s is out of the order."), { letter });
  const place = ordinal(at.place);
  const others = state.tiers[at.place - 1].filter((other) => other !== id).map(letterOf);
  if (!others.length) return format(gettext("%(letter)s is now %(place)s."), { letter, place });
  return format(gettext("%(letter)s is now %(place)s, tied with %(others)s."), { letter, place, others: both(others) });
}

export function shownWords(state, letterOf) {
  const shown = acceptable(state);
  if (shown === null) return gettext("Nothing is said of what may be shown to a user.");
  if (!shown.length) return gettext("None may be shown to a user.");
  return format(gettext("%(letters)s may be shown to a user."), { letters: both(shown.map(letterOf)) });
}

/* Why a complete order cannot be given yet, or "" when it is one. `touch`: there is no keyboard to speak of. */
export function lack(state, ids, letterOf, { touch = false } = {}) {
  const left = missing(state, ids).map(letterOf);
  if (left.length === 0) return "";
  if (left.length < ids.length) return format(gettext("%(letters)s still to rank"), { letters: left.join(", ") });
  return touch ? gettext("Tap the best first") : gettext("Type the letters or click the cards, best first");
}

/* What a listener needs to hear after a step; `about` is the response that was moved, if it was one. */
export function announcement(state, before, letterOf, ids, about) {
  const moved = ids.filter((id) => JSON.stringify(placeOf(state, id)) !== JSON.stringify(placeOf(before, id)));
  const said = about !== undefined && moved.includes(about) ? [standing(state, about, letterOf)] : othersSaid(state, moved, letterOf);
  if (state.tying && !before.tying) said.push(gettext("The next one ties with the one before."));
  if (!state.tying && before.tying && !moved.length) said.push(gettext("The next one does not tie."));
  if (crossed(state, before, ids)) said.push(shownWords(state, letterOf));
  if (moved.length && !missing(state, ids).length) said.push(gettext("All are ranked."));
  return said.join(" ");
}

/* Why a command changed nothing. */
export function stuck(state, ties) {
  if (!ties) return gettext("Nothing changed. This project has no ties.");
  return state.tiers.length ? gettext("Nothing changed.") : gettext("Rank one first.");
}

function othersSaid(state, moved, letterOf) {
  if (moved.length < 3) return moved.map((id) => standing(state, id, letterOf));
  if (!state.tiers.length) return [gettext("The order is empty.")];
  return [format(gettext("The order is now %(order)s."), { order: spoken(state.tiers, letterOf) })];
}

/* Whether what may be shown has changed for something ranked before and after: being ranked below the line is no news. */
function crossed(state, before, ids) {
  if ((state.line === null) !== (before.line === null)) return true;
  if (state.line === null) return false;
  const shown = acceptable(state);
  const earlier = acceptable(before);
  if ((state.line === 0) !== (before.line === 0)) return true;
  return ids.some((id) => isRanked(state, id) && isRanked(before, id) && shown.includes(id) !== earlier.includes(id));
}

/* "A, B and C" */
const both = (letters) => new Intl.ListFormat(globalThis.document?.documentElement.lang || "en-GB").format(letters);

const listed = (words, pattern) => words.reduce((first, second) => format(pattern, { first, second }));
