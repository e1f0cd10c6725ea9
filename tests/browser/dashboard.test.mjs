// From the first start on: log-in, a moment that appears live, settings, channels, figures, export.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { contented, look, password, visit, world } from "./world.mjs";

// Nobody listens there.
const settings = `[[alerts]]
name = "nobody"
kind = "webhook"
url = "http://127.0.0.1:9/hush-hush-hush"
allow_private = true
`;
let here, page, channel;
before(async () => {
  here = await world({ speed: 20, settings });
  page = await here.owner();
  channel = (await page.request.get(`${here.base}/api/v1/channels`).then((answer) => answer.json()))[0].channel;
});
after(() => here?.end());

test("the first start leads to a password, and nobody else is let in", async () => {
  await look(page, "overview");
  const stranger = await (await here.browser.newContext()).newPage();
  const again = await stranger.goto(here.link);
  assert.ok(again.status() >= 400, "the link worked once");
  await stranger.goto(`${here.base}/review`);
  assert.match(stranger.url(), /\/login\?next=%2Freview$/);
  await stranger.locator("[name=name]").fill("ann");
  await stranger.locator("[name=password]").fill("wrong");
  await stranger.keyboard.press("Enter");
  await stranger.getByRole("alert").waitFor();
  await stranger.locator("[name=name]").fill("ann");
  await stranger.locator("[name=password]").fill(password);
  await stranger.keyboard.press("Enter");
  await stranger.waitForURL(`${here.base}/review`);
  await stranger.context().close();
});

test("a phone shows all of a channel at a glance", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await visit(page, `${here.base}/`);
  for (const part of [".name a", ".viewers", ".rate", ".score .gauge", ".curve .spark", ".clip"])
    assert.ok(await page.locator(`.strips tbody ${part}`).first().isVisible(), part);
  const wide = await page.evaluate(() => [...document.querySelectorAll(".scroll")].map((box) => box.scrollWidth - box.clientWidth));
  assert.ok(wide.length > 0 && wide.every((more) => more <= 0), `${wide} px are to be scrolled`);
  // A channel is two lines, and one for its clip.
  const [name, viewers] = await Promise.all([".name", ".viewers"].map((part) => page.locator(`.strips tbody ${part}`).first().boundingBox()));
  assert.ok(viewers.y >= name.y + name.height - 1, "below its name");
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("a channel is paused, resumed and clipped by keys", async () => {
  await visit(page, `${here.base}/channels/${channel}`);
  const held = (how) => page.locator(`#state[data-held="${how}"]`).waitFor({ state: "attached" });
  await held("");
  await page.keyboard.press("p");
  await held("paused");
  await page.keyboard.press("r");
  await held("");
  await page.keyboard.press("c");
  await page.locator("#asked", { hasText: "on its way" }).waitFor();
  const clipped = async () => {
    const found = await page.request.get(`${here.base}/api/v1/moments?verdict=any&channel=${channel}`);
    return (await found.json()).moments.some(({ cause }) => cause === "manual:ann");
  };
  while (!(await clipped())) await page.waitForTimeout(200);
  // What is typed is no key.
  await page.getByLabel(/^Title of the clip/).fill("");
  await page.getByLabel(/^Title of the clip/).press("p");
  assert.equal(await page.getByLabel(/^Title of the clip/).inputValue(), "p");
  assert.equal(await page.locator("#state").getAttribute("data-held"), "");
  contented(page);
});

test("a phone shows all of a moment", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await visit(page, `${here.base}/channels/${channel}`);
  await page.locator(".told tbody tr").first().waitFor();
  const hidden = await page.evaluate(() =>
    [...document.querySelectorAll(".told tbody *")].filter((part) => !part.getClientRects().length).map((part) => part.outerHTML));
  assert.deepEqual(hidden, []);
  const wide = await page.evaluate(() => document.querySelector("#moments .scroll").scrollWidth - document.querySelector("#moments .scroll").clientWidth);
  assert.ok(wide <= 0, `${wide} px are to be scrolled`);
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("the curves can be read as a table, with the mood of the chat", async () => {
  await visit(page, `${here.base}/channels/${channel}`);
  await page.getByText("As a table").click();
  const table = page.getByRole("table", { name: /^By minute/ });
  await table.getByRole("columnheader", { name: /^Mood/ }).waitFor();
  const cells = await table.getByRole("row").nth(1).getByRole("cell").allTextContents();
  assert.match(cells.at(-1), /^-?[01]\.\d\d$/);
});

test("times and days are those of the browser's zone", async () => {
  const state = await page.context().storageState();
  const cookies = state.cookies.filter(({ name }) => name !== "cliphound_zone");
  const there = await here.stranger({ timezoneId: "Pacific/Kiritimati", storageState: { ...state, cookies } });
  await visit(there, `${here.base}/analytics`);
  // The page is painted first.
  await there.waitForFunction(() => document.cookie.includes("cliphound_zone"));
  const [cookie] = (await there.context().cookies()).filter(({ name }) => name === "cliphound_zone");
  assert.deepEqual([cookie.value, cookie.sameSite], ["Pacific/Kiritimati", "Lax"]);
  await visit(there, `${here.base}/analytics`);
  assert.equal(await there.getByLabel("Time zone").getAttribute("placeholder"), "Pacific/Kiritimati");
  await visit(there, `${here.base}/channels/${channel}`);
  const own = await there.evaluate(() => {
    const last = [...document.querySelectorAll("svg.chart .hover title")].at(-1).textContent;
    const time = [...document.querySelectorAll(".ticks time")].at(-1).dateTime;
    const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit" }).format(new Date(time));
    return [last, clock];
  });
  // The last minute may belong to the hour before.
  const hours = [own[1], String((Number(own[1]) + 23) % 24).padStart(2, "0")];
  assert.ok(hours.includes(own[0].slice(0, 2)), String(own));
  contented(there);
  await there.context().close();
});

test("a moment appears on the live page without a reload", async () => {
  await visit(page, `${here.base}/channels/${channel}`);
  // Not the line in chat: what it set off.
  const asked = page.locator("#moments").getByText("asked for by helper");
  assert.equal(await asked.count(), 0);
  await here.tell("say", { channel, user: "helper", text: "!clip what a live play", role: "moderator" });
  await asked.waitFor();
  await look(page, "channel");
});

test("a live page that is cut off says so, and goes on once it can", async () => {
  const events = `**/channels/${channel}/events`;
  const isLive = (request) => request.url().endsWith("/events");
  await page.route(events, (route) => route.fulfill({ status: 502, body: "" }));
  await visit(page, `${here.base}/channels/${channel}`);
  const note = page.getByText("This page stands still");
  await note.waitFor();
  await page.unroute(events);
  await note.waitFor({ state: "hidden" });
  // The same where nobody is there any more.
  await page.route(events, (route) => route.abort("connectionrefused"));
  await visit(page, `${here.base}/channels/${channel}`);
  await note.waitFor();
  await page.unroute(events);
  await note.waitFor({ state: "hidden" });
  // Six tabs that nobody looks at would keep a seventh from loading.
  const hide = (hidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
  const closed = page.waitForEvent("requestfailed", isLive);
  await hide(true);
  await closed;
  const opened = page.waitForRequest(isLive);
  await hide(false);
  await opened;
});

test("who has logged out elsewhere is led to the log-in", async () => {
  const context = await here.browser.newContext();
  const [one, other] = [await context.newPage(), await context.newPage()];
  await one.goto(`${here.base}/login?next=%2Fchannels%2F${channel}`);
  await one.locator("[name=name]").fill("ann");
  await one.locator("[name=password]").fill(password);
  await one.keyboard.press("Enter");
  await one.waitForURL(`${here.base}/channels/${channel}`);
  await other.goto(`${here.base}/settings`);
  await other.getByRole("button", { name: "Log out" }).click();
  await other.waitForURL(/login/);
  await one.waitForURL(`${here.base}/login?next=%2Fchannels%2F${channel}`, { timeout: 180_000 });
  await context.close();
});

test("the budget is changed, holds, and is undone", async () => {
  await visit(page, `${here.base}/channels/${channel}/settings`);
  await page.getByLabel(/^Budget/).fill("3");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("#toast").getByText("Saved").waitFor();
  const settings = async () => {
    const answer = await page.request.get(`${here.base}/api/v1/channels/${channel}/settings`);
    return (await answer.json()).find(({ key }) => key === "clips.budget_per_hour");
  };
  assert.deepEqual([(await settings()).value, (await settings()).is_own], ["3", true]);
  await look(page, "settings");
  await page.getByLabel(/^Budget/).fill("3000");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("from 0.1 to 60 clips an hour").waitFor();
  // What a form does not change stays as others have set it meanwhile.
  const stale = await page.context().newPage();
  await visit(stale, `${here.base}/channels/${channel}/settings`);
  await visit(page, `${here.base}/channels/${channel}/settings`);
  await page.getByLabel(/^Cooldown/).fill("75");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("#toast").getByText("Saved").waitFor();
  await stale.getByLabel(/^Title/).fill("{channel}: {reason}");
  await stale.getByRole("button", { name: "Save" }).click();
  await stale.locator("#toast").getByText("Saved").waitFor();
  assert.equal(await stale.getByLabel(/^Cooldown/).inputValue(), "75");
  await stale.close();
  await visit(page, `${here.base}/channels/${channel}/settings`);
  await page.getByRole("button", { name: "Undo clips.budget_per_hour" }).click();
  await page.getByText("Undone").waitFor();
  assert.deepEqual([(await settings()).value, (await settings()).is_own], ["8", false]);
});

test("a model is exported, and imported on its page", async () => {
  await visit(page, `${here.base}/channels/${channel}/settings`);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const file = await (await coming).path();
  await page.getByLabel("Import").setInputFiles(file);
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.locator("button", { hasText: "Import" }).click();
  assert.equal((await answer).status(), 303);
  await page.getByRole("heading", { name: `Settings of ${channel}` }).waitFor();
});

test("a channel is added, and removed", async () => {
  const add = async (name) => {
    await visit(page, `${here.base}/channels`);
    await page.getByLabel(/Add a channel/).fill(name);
    await page.getByRole("button", { name: "Add" }).click();
  };
  await add("nobody_at_all");
  await page.getByText("Twitch knows no channel nobody_at_all").waitFor();
  // Somebody at this Twitch who is not followed: whom its tokens are of.
  const newcomer = "cliphound_tester";
  await add(newcomer);
  await page.getByRole("link", { name: newcomer, exact: true }).waitFor();
  await look(page, "channels");
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: `Remove ${newcomer}` }).click();
  await page.getByRole("link", { name: newcomer, exact: true }).waitFor({ state: "detached" });
});

test("figures are shown and exported", async () => {
  await visit(page, `${here.base}/analytics`);
  await look(page, "analytics");
  // A phone shows the whole week, and each number in full.
  for (const width of [360, 390, 414]) {
    await page.setViewportSize({ width, height: 740 });
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll(".scroll, .heat :is(th, td)")].filter((box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight).map((box) => box.className || box.textContent));
    assert.deepEqual(cut, [], `${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).first().click();
  const name = (await download).suggestedFilename();
  assert.match(name, /^cliphound-moments-.*\.csv$/);
  const answer = await page.request.get(`${here.base}/api/v1/export/moments.csv`);
  assert.match((await answer.text()).split("\n")[0], /^trigger_time,channel,/);
});

test("an alert is shown without its secret, and tried", async () => {
  await visit(page, `${here.base}/settings/alerts`);
  await page.getByRole("heading", { name: /^nobody/ }).waitFor();
  assert.ok(!(await page.content()).includes("hush-hush-hush"));
  await page.getByRole("button", { name: "Send a test by nobody" }).click();
  await page.getByRole("alert").getByText("nobody: not sent").waitFor();
  await look(page, "alerts");
});

test("everything about a user goes once the name is typed", async () => {
  await visit(page, `${here.base}/settings/deletion`);
  await look(page, "deletion");
  await page.getByLabel("a user", { exact: true }).check();
  await page.getByLabel(/^Name at Twitch/).fill("helper");
  await page.getByRole("button", { name: "See what there is" }).click();
  await page.getByRole("heading", { name: "What there is of the user helper" }).waitFor();
  await page.getByRole("row", { name: /moments/ }).first().waitFor();
  await look(page, "deletion-asked");
  await page.getByLabel(/^Type helper/).fill("helper");
  await page.getByRole("button", { name: "Delete everything about helper" }).click();
  await page.getByRole("heading", { name: "Deleted: the user helper" }).waitFor();
  await look(page, "deletion-done");
  await visit(page, `${here.base}/channels/${channel}`);
  for (const gone of ["what a live play", "asked for by helper"]) assert.equal(await page.getByText(gone).count(), 0, gone);
});

test("a channel is paused for good, and goes on", async () => {
  await visit(page, `${here.base}/channels/${channel}/settings`);
  await page.getByLabel(/^Pause for good/).selectOption("true");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("#toast").getByText("Saved").waitFor();
  await visit(page, `${here.base}/channels/${channel}`);
  await page.getByText("paused for good").first().waitFor();
  await visit(page, `${here.base}/channels/${channel}/settings`);
  await page.getByRole("button", { name: "Undo clips.paused" }).click();
  await page.getByText("Undone").waitFor();
});

test("people, tokens and the rest are there to be looked at", async () => {
  for (const [path, name] of [["/settings", "account"], ["/settings/people", "people"], ["/settings/tokens", "tokens"], ["/review", "review"], ["/streams", "streams"]]) {
    await visit(page, here.base + path);
    await look(page, name);
  }
});

test("what is granted somebody is there to be looked at", async () => {
  await visit(page, `${here.base}/settings/people`);
  await page.getByLabel("Name", { exact: true }).fill("eve");
  await page.getByLabel("Role in every channel").selectOption("");
  await page.getByRole("button", { name: "Let them in" }).click();
  await page.getByLabel("The link for eve").waitFor();
  await page.getByRole("region", { name: "eve" }).getByRole("link", { name: /^Grant/ }).click();
  await page.getByRole("heading", { name: "Channels of eve" }).waitFor();
  await look(page, "grants-none");
  for (const [login, role] of [[channel, "editor"], ["a_name_of_25_letters_here", "viewer"]]) {
    await page.getByLabel("Channel", { exact: true }).fill(login);
    await page.getByLabel("Role").selectOption(role);
    await page.getByRole("button", { name: "Grant" }).click();
    await page.getByRole("row", { name: login }).waitFor();
  }
  await look(page, "grants");
});
