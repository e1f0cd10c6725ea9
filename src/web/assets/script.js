// All that pages do besides being read. Without it they work, too: forms lead back to their page,
// times are Cliphound's or in UTC, and what is live is new on reload.
"use strict";
const $ = (selector, from = document) => from.querySelector(selector);

// What the first sight of a page does not need comes after it: once something is seen, not just drawn.
const frame = () => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });
const sight = !PerformanceObserver.supportedEntryTypes?.includes("paint") ? frame() : new Promise((resolve) => {
  new PerformanceObserver((seen) => seen.getEntriesByName("first-contentful-paint").forEach(resolve)).observe({ type: "paint", buffered: true });
});
const painted = (work) => sight.then(frame).then(work);
// Times in the viewer's zone: <time datetime data-as="time|date|both|ago">. The first of these formats
// costs a browser some 20 ms.
let known;
const formats = () => known ??= know();
function know() {
  const format = (dateStyle, timeStyle) => new Intl.DateTimeFormat(undefined, { dateStyle, timeStyle });
  const time = format(undefined, "medium"), ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  // Curves, days and what is read out are written by the server, which is told the zone.
  document.cookie = `cliphound_zone=${time.resolvedOptions().timeZone};path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
  return { time, date: format("medium"), both: format("medium", "short"), ago };
}
function since(date) {
  const s = (date - Date.now()) / 1000, units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = units.find(([, length]) => Math.abs(s) >= length) ?? ["second", 1];
  return formats().ago.format(Math.trunc(s / length), unit);
}
function localise(root) {
  for (const time of root.querySelectorAll("time[data-as]")) {
    const date = new Date(time.dateTime), { as } = time.dataset;
    if (isNaN(date)) continue;
    time.textContent = as === "ago" ? since(date) : formats()[as].format(date);
    time.title = formats().both.format(date);
  }
}
// Fragments: elements that take the place of those with their ids.
function swap(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  localise(template.content);
  for (const fresh of [...template.content.children]) {
    const old = document.getElementById(fresh.id), isChosen = fresh.matches("[data-item][aria-current]");
    if (fresh.matches("output")) say(fresh.textContent);
    const isWarning = fresh.dataset.halt !== undefined;
    // What is known stays as it is.
    if (!old || (!isWarning && fresh.dataset.change && fresh.dataset.change === old.dataset.change)) continue;
    const focused = old.contains(document.activeElement) && document.activeElement.id;
    if (old.hasAttribute("aria-current")) fresh.setAttribute("aria-current", "true");
    old.replaceWith(fresh);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    // What was typed in haste was meant for something else.
    if (isWarning) typed.length = 0;
    // The server has chosen the next item.
    if (isChosen) {
      mark(fresh);
      shown = fresh.id;
      const list = fresh.closest("[data-list]");
      if (list) list.scrollTop = fresh.offsetTop - list.clientHeight / 3;
    }
    // Something else is shown in this place: from its beginning.
    if (fresh.dataset.of !== old.dataset.of && fresh.getBoundingClientRect().top < 0) fresh.scrollIntoView();
  }
  embed();
}
// Twitch's players come once the page is painted: <a data-player>, without the script a link.
const embed = () => painted(() => {
  for (const link of document.querySelectorAll("[data-player]")) {
    const { player: src, title } = link.dataset, allow = "autoplay; fullscreen";
    link.replaceWith(Object.assign(document.createElement("iframe"), { src, title, allow }));
  }
});
let quiet;
function say(text) {
  $("#toast").textContent = text;
  clearTimeout(quiet);
  if (text) quiet = setTimeout(say, 6000, "");
}
// While something is sent, or what was chosen is not shown yet, keys wait: each is meant for what
// its presser will see then.
let opening = null, busy = 0, typed = [], isLeft = false;
async function during(work) {
  busy += 1;
  $("main").ariaBusy = "true";
  try { await work; } catch ({ refusal }) {
    // What waits was meant for what did not come.
    typed.length = 0;
    say(refusal ?? "Cliphound could not be reached: is it running?");
  }
  busy -= 1;
  while (typed.length && !busy && opening === null) press(typed.shift());
  if (!busy) $("main").ariaBusy = "false";
}
// A page that is being left takes no more keys: they would be meant for the next one.
function leave(href) {
  isLeft = true;
  typed.length = 0;
  location.assign(href);
}
addEventListener("pageshow", () => { isLeft = false; });
// Who is not logged in any more goes on where they are once they are.
const logIn = () => leave("/login?next=" + encodeURIComponent(location.pathname + location.search));
// Forms with data-inline are sent here, and what has changed comes back.
document.addEventListener("submit", (event) => {
  const form = event.target, sure = event.submitter?.dataset.sure ?? form.dataset.sure;
  if (sure && !confirm(sure)) return event.preventDefault();
  // Whoever is not asked here is asked on a page.
  if (sure) form.insertAdjacentHTML("beforeend", '<input type="hidden" name="sure" value="yes">');
  if (form.dataset.inline === undefined) return;
  event.preventDefault();
  during(send(form, event.submitter));
});
async function send(form, button) {
  // What was said is of something else.
  say("");
  const body = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "x-fragment": "1" } });
  if (answer.status === 401) return logIn();
  const text = await answer.text();
  if (!answer.ok) throw { refusal: JSON.parse(text).detail };
  if (answer.headers.has("x-location")) return leave(answer.headers.get("x-location"));
  swap(text);
  if (form.dataset.done) say(form.dataset.done);
}
// Choosing is enough where there is data-at-once.
document.addEventListener("change", ({ target }) => target.closest("[data-at-once]") && target.form.requestSubmit());

// Keys: data-key on links, buttons and fields; J and K go through [data-item], and on to other pages.
const items = () => [...document.querySelectorAll("[data-item]")];
function mark(item) {
  for (const old of document.querySelectorAll("[data-item][aria-current]")) old.removeAttribute("aria-current");
  item.setAttribute("aria-current", "true");
}
function choose(item) {
  mark(item);
  item.scrollIntoView({ block: "nearest" });
  item.focus({ preventScroll: true });
  if (!item.dataset.open) return;
  clearTimeout(opening);
  opening = setTimeout(() => { opening = null; during(show(item)); }, 120);
}
// The item that is shown; what can't be shown is not chosen either.
let shown = $("[data-open][aria-current]")?.id;
async function show({ id, dataset }) {
  const named = (id) => document.getElementById(id), isChosen = () => named(id)?.hasAttribute("aria-current");
  try { if (await fetched(dataset.open, isChosen)) shown = id; } catch (error) {
    if (isChosen() && named(shown)) mark(named(shown));
    throw error;
  }
}
// Items with data-open show more of themselves elsewhere once they are chosen, and stayed with.
document.addEventListener("click", (event) => {
  const item = event.target.closest("[data-open]");
  if (!item || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(item);
});
// What comes too late is nobody's.
async function fetched(path, isWanted) {
  const answer = await fetch(path, { headers: { "x-fragment": "1" } });
  if (answer.status === 401) return logIn();
  const text = await answer.text();
  if (!isWanted()) return false;
  if (!answer.ok) throw { refusal: JSON.parse(text).detail, status: answer.status };
  swap(text);
  return true;
}
// What is on its way, or may be deleted, is asked for again while it is looked at: <… id data-again="/path">.
setInterval(() => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-again]")) {
    // What is there no more is shown no more; of other troubles the next look may know nothing.
    fetched(part.dataset.again, () => part.isConnected).catch(({ status }) => { if (status === 404) part.remove(); });
  }
}, 2000);
// What is opened is asked for then: <details data-fetch="/path">; until it comes there is a link.
document.addEventListener("toggle", ({ target }) => {
  if (!target.open || !target.dataset.fetch) return;
  during(fetched(target.dataset.fetch, () => target.isConnected));
  delete target.dataset.fetch;
}, true);
// Two fields for one value: data-twin names the other.
document.addEventListener("input", ({ target }) => { if (target.dataset.twin) document.getElementById(target.dataset.twin).value = target.value; });
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key === "Escape" && typing) return typing.blur();
  const key = event.key.toLowerCase();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || (!isMoving(key) && !aim(key))) return;
  event.preventDefault();
  // A key that is held goes on moving, and does nothing else twice.
  if (isLeft || (event.repeat && !isMoving(key))) return;
  if (!busy && !typed.length && (opening === null || isMoving(key))) press(key);
  // Of verdicts in a row one waits: the next ones would be about what nobody has seen.
  else if (!judges(key) || !judges(typed.at(-1))) typed.push(key);
});
const judges = (key) => aim(key)?.name === "verdict";
const isMoving = (key) => key === "j" || key === "k";
function aim(key) {
  const now = $("[data-item][aria-current]"), own = `[data-key="${CSS.escape(key)}"]`;
  return (now && $(own, now)) || $(`${own}:not([data-item] *)`);
}
function press(key) {
  const target = aim(key), all = items();
  if (isMoving(key)) {
    const at = all.indexOf($("[data-item][aria-current]")) + (key === "j" ? 1 : -1);
    const way = at === all.length ? $("[rel=next]") : at === -1 && $("[rel=prev]");
    if (way) { sessionStorage.came = key; leave(way.href); }
    else if (all.length) choose(all[Math.min(Math.max(at, 0), all.length - 1)]);
  } else if (target?.matches("input, select, textarea")) {
    target.closest("details")?.setAttribute("open", "");
    target.focus();
    target.select?.();
  } else if (target?.dataset.says) say(target.dataset.says);
  // A button that is not shown is none.
  else if (target?.getClientRects().length && !target.disabled) target.click();
}
document.addEventListener("focusin", ({ target }) => {
  // What opens is chosen by opening it: keys are about what is shown.
  const item = target.closest("[data-item]:not([aria-current], [data-open])");
  if (item) mark(item);
});

// What is live: <… data-live="/path"> names a stream of fragments. While nobody looks it is closed:
// of all tabs together a browser keeps six connections.
const live = $("[data-live]");
const STILL = "This page stands still: Cliphound does not answer. It is asked again every few seconds.", SOON_MS = 3000;
let source, later, silent;
const stale = (text) => { live.textContent = text; live.className = text && "note warn"; };
function watch() {
  clearTimeout(later);
  source?.close();
  if (document.hidden) return;
  source = new EventSource(live.dataset.live);
  source.onopen = () => {
    clearTimeout(silent);
    silent = null;
    stale("");
  };
  source.onmessage = (event) => swap(event.data);
  source.addEventListener("say", (event) => say(event.data));
  // What was lost comes back by itself, soon or late, and what was refused does not.
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) silent ??= setTimeout(stale, SOON_MS, STILL);
    else {
      stale(STILL);
      later = setTimeout(again, 5000);
    }
  };
}
async function again() {
  const answer = await fetch(live.dataset.live, { method: "HEAD", headers: { "x-fragment": "1" } }).catch(() => null);
  // The page itself says what is wrong, or leads to the log-in.
  if (answer?.status >= 400 && answer.status < 500) return location.reload();
  if (source.readyState === EventSource.CLOSED) watch();
}
live?.setAttribute("role", "status");
if (live) document.addEventListener("visibilitychange", watch);
painted(() => {
  // Its first fragments are what is there already.
  if (live) watch();
  formats();
  localise(document);
});
embed();
// A page that J or K led to is entered at what it shows, else at its first item, or its last.
const came = sessionStorage.came, entered = came && ($("[data-item][aria-current]") ?? items().at(came === "j" ? 0 : -1));
delete sessionStorage.came;
if (entered) { mark(entered); entered.focus(); }
setInterval(() => { for (const time of document.querySelectorAll('time[data-as="ago"]')) time.textContent = since(new Date(time.dateTime)); }, 10000);
