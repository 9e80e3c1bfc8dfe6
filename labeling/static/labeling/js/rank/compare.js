/* The differences between any two responses, above the cards. The server makes them; nothing leaves the page. */
import { gettext } from "./i18n.js";
import { keepFocus } from "./folding.js";

export function compare(root, signal) {
  const place = root.querySelector("[data-comparison]");
  const button = root.querySelector("[data-compare]");
  const keys = [...root.querySelectorAll("[data-card]")].map((card) => card.dataset.card);
  const pairs = keys.flatMap((a, index) => keys.slice(index + 1).map((b) => [a, b]));
  let shown = [];
  let before = null;
  let asked = 0;

  const isOpen = () => !place.hidden;

  const open = async (a, b) => {
    if (!isOpen()) before = document.activeElement;
    const number = ++asked;
    place.hidden = false;
    place.setAttribute("aria-busy", "true");
    button.setAttribute("aria-expanded", "true");
    const content = await fetchDifference(button.dataset.url, a, b);
    // Closed, or asked for another pair meanwhile.
    if (number !== asked) return;
    if (content) shown = [a, b];
    const selected = document.activeElement?.dataset?.side;
    place.removeAttribute("aria-busy");
    place.replaceChildren(content ?? failure());
    listen();
    (place.querySelector(`[data-side="${selected}"]`) ?? place.querySelector("[data-comparison-title]")).focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest", behavior: "instant" });
  };

  const next = () => {
    const at = pairs.findIndex(([a, b]) => a === shown[0] && b === shown[1]);
    open(...pairs[(at + 1) % pairs.length]);
  };

  const close = () => {
    asked += 1;
    shown = [];
    place.hidden = true;
    place.replaceChildren();
    button.setAttribute("aria-expanded", "false");
    (before?.isConnected ? before : button).focus({ preventScroll: true });
  };

  const listen = () => {
    const [one, other] = ["a", "b"].map((side) => place.querySelector(`[data-side="${side}"]`));
    one?.addEventListener("change", () => open(one.value, other.value));
    other?.addEventListener("change", () => open(one.value, other.value));
    place.querySelector("[data-next-pair]")?.addEventListener("click", next);
    place.querySelector("[data-close]")?.addEventListener("click", close);
  };

  button.addEventListener("click", () => (isOpen() ? close() : open(...pairs[0])));
  keepFocus(button);
  root.addEventListener("rank:compare", () => next());
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !isOpen() || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      close();
    },
    // Before the key that clears the order.
    { capture: true, signal },
  );
}

async function fetchDifference(url, a, b) {
  try {
    const response = await fetch(`${url}?${new URLSearchParams({ a, b })}`, { redirect: "manual" });
    if (!response.ok) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-difference]");
  } catch {
    return null;
  }
}

function failure() {
  const text = document.createElement("p");
  text.className = "message-box warning";
  text.tabIndex = -1;
  text.dataset.comparisonTitle = "";
  text.textContent = gettext("The comparison could not be loaded. Press # to try again, Escape to close.");
  return text;
}
