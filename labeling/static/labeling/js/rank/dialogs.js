/* The two sheets: all keys, and the reason for a skip. */
const help = document.querySelector("[data-help]");
const skip = document.querySelector("[data-skip]");
const reason = document.querySelector("[data-skip-reason]");

export function showKeys() {
  help.showModal();
}

/* The reason in the annotator's words, or "" when they thought better of it. */
export function askReason() {
  reason.value = "";
  skip.returnValue = "";
  skip.showModal();
  return new Promise((resolve) => {
    skip.addEventListener("close", () => resolve(skip.returnValue === "skip" ? reason.value.trim() : ""), { once: true });
  });
}
