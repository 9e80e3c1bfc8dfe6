/* The header: its menus close as menus do: by Escape, which goes no further, by a click elsewhere, when the focus leaves.
   Without this script they open and close by their own summary. */

const open = () => document.querySelector("[data-menu][open]");

window.addEventListener("keydown", (event) => {
  const menu = open();
  if (event.key !== "Escape" || !menu) return;
  event.stopPropagation();
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
}, true);

// On a phone a project's last tabs lie outside; the current one is always to be seen.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

document.addEventListener("pointerdown", (event) => {
  const menu = open();
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  const menu = open();
  if (menu && !menu.contains(event.target)) menu.open = false;
});
