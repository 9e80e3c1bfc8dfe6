/* Notices at the head of the page that stay until they are dealt with. */

export class Notices {
  #shown = new Map();

  constructor(root) {
    this.root = root;
  }

  /* One notice a name; `actions` are {label, href, onFollow} or {label, run}. The same words again change nothing. */
  show(name, text, actions = []) {
    const before = this.#shown.get(name);
    if (before?.dataset.text === text) return;
    const notice = document.createElement("div");
    notice.className = "flow-notice";
    notice.setAttribute("role", "alert");
    notice.dataset.text = text;
    notice.dataset.noticeName = name;
    const words = document.createElement("p");
    words.textContent = text;
    notice.append(words, ...actions.map(actionElement));
    this.#shown.set(name, notice);
    if (before) before.replaceWith(notice);
    else this.root.append(notice);
  }

  hide(name) {
    this.#shown.get(name)?.remove();
    this.#shown.delete(name);
  }
}

function actionElement({ label, href, onFollow, run }) {
  const element = document.createElement(href ? "a" : "button");
  element.className = "button small";
  element.textContent = label;
  if (href) {
    element.href = href;
    element.addEventListener("click", onFollow);
  } else {
    element.type = "button";
    element.addEventListener("click", run);
  }
  return element;
}
