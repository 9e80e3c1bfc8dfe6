/* What is written beside the order: why, and a better response. */
const FIELDS = { rationale: "[data-rationale]", better_response: "[data-better]" };

export class Texts {
  #values = {};

  /* `onChange` after every change by hand. A text that is not asked is kept as it came. */
  constructor(root, onChange) {
    this.fields = Object.fromEntries(Object.entries(FIELDS).map(([name, selector]) => [name, root.querySelector(selector)]));
    for (const [name, field] of Object.entries(this.fields)) {
      field?.addEventListener("input", () => {
        this.#values[name] = field.value;
        onChange();
      });
    }
  }

  get content() {
    return { ...this.#values };
  }

  set content(content) {
    for (const [name, field] of Object.entries(this.fields)) {
      this.#values[name] = typeof content?.[name] === "string" ? content[name] : "";
      if (field && field.value !== this.#values[name]) field.value = this.#values[name];
      if (field && this.#values[name]) unfold(field);
    }
  }

  /* What is written, where it is asked for: else it is not sent either. */
  get better() {
    return this.fields.better_response ? (this.#values.better_response ?? "").trim() : "";
  }

  /* While an order is on its way nothing is written that would not go with it. */
  rest(resting) {
    for (const field of Object.values(this.fields)) if (field) field.readOnly = resting;
  }

  goTo(name) {
    const field = this.fields[name];
    unfold(field);
    field.focus();
  }
}

function unfold(field) {
  const details = field.closest("details");
  if (details) details.open = true;
}
