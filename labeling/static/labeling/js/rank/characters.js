/* Keys that are one character can be switched off: speech input types them by mistake (WCAG 2.1.4). Everything that they do
   has a button as well. The choice is this browser's. */
import { read, write } from "./store.js";

const user = () => document.querySelector("[data-rank]")?.dataset.user ?? "";

export const charactersMean = () => read(user(), "character-keys") ?? true;

export function offerSwitch(box) {
  box.checked = charactersMean();
  box.addEventListener("change", () => write(user(), "character-keys", "", box.checked));
}
