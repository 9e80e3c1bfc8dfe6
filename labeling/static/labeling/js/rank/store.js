/* What this browser remembers, under names that belong to one person. A full or forbidden storage is no reason to stop:
   the server holds the drafts as well. */

const name = (user, kind, id = "") => `podium:${user}:${kind}:${id}`;

export function read(user, kind, id = "") {
  try {
    return JSON.parse(localStorage.getItem(name(user, kind, id)));
  } catch {
    return null;
  }
}

export function write(user, kind, id, value) {
  try {
    localStorage.setItem(name(user, kind, id), JSON.stringify(value));
  } catch {
    // Kept on the server only.
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
