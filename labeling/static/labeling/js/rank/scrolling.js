/* Cards that scroll by themselves, together when asked: the same share of each text is in view, however long it is. */

const STEP_PX = 56;

export function scrollTogether(root) {
  const texts = [...root.querySelectorAll("[data-card-text]")];
  // Where each was put by another one. Its scroll event, which comes later, is an echo and moves nobody.
  const put = new Map();
  let together = false;

  const follow = (leader) => {
    const share = leader.scrollTop / Math.max(1, leader.scrollHeight - leader.clientHeight);
    for (const text of texts) {
      if (text === leader || !text.clientHeight) continue;
      text.scrollTop = share * (text.scrollHeight - text.clientHeight);
      // Read back: the browser rounds.
      put.set(text, text.scrollTop);
    }
  };

  for (const text of texts) {
    text.addEventListener(
      "scroll",
      () => {
        const echo = put.get(text) === text.scrollTop;
        put.delete(text);
        if (together && !echo) follow(text);
      },
      { passive: true },
    );
    text.closest("[data-card]").addEventListener("keydown", (event) => scrollByKey(event, text));
  }

  return (on) => {
    together = on;
    const leader = texts.find((text) => text.clientHeight && text.scrollTop);
    if (on && leader) follow(leader);
  };
}

/* The card has the focus and its text the scroll bar. */
function scrollByKey(event, text) {
  if (event.target !== event.currentTarget || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (text.scrollHeight <= text.clientHeight) return;
  const page = text.clientHeight - STEP_PX;
  const by = {
    ArrowDown: STEP_PX,
    ArrowUp: -STEP_PX,
    PageDown: page,
    PageUp: -page,
    " ": event.shiftKey ? -page : page,
    Home: -text.scrollHeight,
    End: text.scrollHeight,
  }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  text.scrollBy({ top: by, behavior: "instant" });
}
