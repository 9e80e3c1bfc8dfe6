/* One person's tabs tell each other what happens: {kind: "draft", task, content}, {kind: "gone", task, how},
   {kind: "accepted", key, ranking}, {kind: "saved", project, task, id, at, seconds}, {kind: "here"}. */

export class Tabs {
  #channel = null;
  #name;

  constructor(user, heard) {
    this.#name = `podium:${user}:tabs`;
    if (globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.addEventListener("message", ({ data }) => heard(data));
    } else {
      window.addEventListener("storage", ({ key, newValue }) => {
        if (key === this.#name && newValue) heard(JSON.parse(newValue).message);
      });
    }
  }

  tell(message) {
    if (this.#channel) {
      this.#channel.postMessage(message);
      return;
    }
    try {
      // The same message twice would be no change, and only changes are heard.
      localStorage.setItem(this.#name, JSON.stringify({ message, at: performance.now() }));
    } catch {
      // The other tab learns it from the server.
    }
  }
}
