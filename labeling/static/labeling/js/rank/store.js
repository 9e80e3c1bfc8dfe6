/* What this browser remembers, under names that belong to one person. A full or forbidden storage is no reason to stop:
   the server holds the drafts as well, and what is on its way is held in memory too. */

const name = (user, kind, id = "") => `podium:${user}:${kind}:${id}`;

export function read(user, kind, id = "") {
  try {
    return JSON.parse(localStorage.getItem(name(user, kind, id)));
  } catch {
    return null;
  }
}

/* Whether it was kept. */
export function write(user, kind, id, value) {
  try {
    localStorage.setItem(name(user, kind, id), JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function remove(user, kind, id) {
  try {
    localStorage.removeItem(name(user, kind, id));
  } catch {
    // Nothing was kept.
  }
}

export function ids(user, kind) {
  try {
    const prefix = name(user, kind);
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  } catch {
    return [];
  }
}

/* Calls `heard(id)` when another tab has removed one of `kind`. */
export function onRemoved(user, kind, heard) {
  const prefix = name(user, kind);
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key?.startsWith(prefix) && newValue === null) heard(key.slice(prefix.length));
  });
}
