// What a mark's title says, shown beside the pointer at once. Without script the browser shows
// titles by itself, a little later.
const tip = document.body.appendChild(document.createElement("pre"));
tip.id = "tip";
tip.hidden = true;

for (const title of document.querySelectorAll("svg title")) {
  const mark = title.parentNode;
  mark.dataset.tip = title.textContent;
  if (mark.tabIndex === 0) mark.setAttribute("aria-label", title.textContent);
  title.remove();
}

function show(mark, x, y) {
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = mark.dataset.tip;
  const left = Math.min(x + 14, innerWidth - tip.offsetWidth - 8);
  const above = y - tip.offsetHeight - 14;
  const below = Math.min(y + 14, innerHeight - tip.offsetHeight - 8);
  tip.style.left = Math.max(left, 8) + "px";
  tip.style.top = (above > 8 ? above : Math.max(below, 8)) + "px";
}

const marked = (event) => event.target.closest && event.target.closest("[data-tip]");
addEventListener("pointermove", (event) => show(marked(event), event.clientX, event.clientY));
addEventListener("pointerdown", (event) => show(marked(event), event.clientX, event.clientY));
function showFocused() {
  const mark = marked({ target: document.activeElement });
  const box = mark && mark.getBoundingClientRect();
  show(mark, box ? box.right : 0, box ? box.top : 0);
}
addEventListener("focusin", showFocused);
addEventListener("focusout", () => show(null));
// Going to a mark may scroll to it.
addEventListener("scroll", showFocused, true);
addEventListener("keydown", (event) => event.key === "Escape" && show(null));
