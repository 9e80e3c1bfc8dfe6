/* A change of the guidelines is shown once; "Got it" tells the server so. */
import { seeGuidelines } from "./api.js";

export class Guidelines {
  #seen = 0;

  constructor(project) {
    this.project = project;
  }

  /* Takes the announcement out of a task that was fetched before it was read, and listens for "Got it". */
  attend(root) {
    const change = root.querySelector("[data-guidelines-change]");
    if (!change) return;
    const version = Number(change.dataset.guidelinesChange);
    if (version <= this.#seen) {
      change.remove();
      return;
    }
    change.querySelector("[data-guidelines-seen]")?.addEventListener("click", () => {
      this.#seen = version;
      change.remove();
      // Unheard by the server it is shown once more on the next visit, which harms nobody.
      seeGuidelines(this.project, version);
      root.querySelector("[data-start]")?.focus({ preventScroll: true });
    });
  }
}
