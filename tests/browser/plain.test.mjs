// Everything without a script: each page shows what it is for, each form does what it says, and what
// can't be taken back is asked about on a page.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { look, password, visit, watch, world } from "./world.mjs";

// Nobody listens there.
const settings = `[[alerts]]
name = "nobody"
kind = "webhook"
url = "http://127.0.0.1:9/hush"
allow_private = true
`;
let here, page, channel;
before(async () => {
  here = await world({ speed: 20, settings });
  page = await here.owner({ javaScriptEnabled: false });
  channel = "mossykettle";
});
after(() => here?.end());

const to = (path) => visit(page, here.base + path);
const got = async (path) => (await page.request.get(`${here.base}/api/v1/${path}`)).json();
// Nothing comes by itself: the page is loaded again until it shows this.
async function shown(locator) {
  for (const end = Date.now() + 120_000; Date.now() < end; await page.reload()) if (await locator.count()) return;
  assert.fail(`never shown: ${locator}`);
}
async function until(is_so) {
  for (const end = Date.now() + 120_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const found = await is_so();
    if (found) return found;
  }
  assert.fail(`it never is so: ${is_so}`);
}
const button = (name) => page.getByRole("button", { name });
const press = (name) => button(name).first().click();

test("in and out", async () => {
  await press("Log out");
  await page.waitForURL(`${here.base}/login`);
  for (const [word, url] of [["wrong", "/login"], [password, "/"]]) {
    await page.getByLabel("Name").fill("ann");
    await page.getByLabel("Password").fill(word);
    await press("Log in");
    await page.waitForURL(here.base + url);
  }
  await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
});

test("all channels, and one, with what is done by hand", { timeout: 240_000 }, async () => {
  await until(async () => (await got("channels")).every(({ state }) => state !== "not_heard"));
  await to("/");
  const row = page.locator(".strips tbody tr", { hasText: channel });
  for (const part of [".viewers", ".rate", ".score svg", ".curve svg"]) assert.ok(await row.locator(part).isVisible(), part);
  assert.match(await row.locator(".viewers").textContent(), /\d/);
  await row.getByRole("link", { name: channel }).click();
  await page.waitForURL(`${here.base}/channels/${channel}`);
  await shown(page.locator("#charts svg.chart"));
  for (const heading of ["The last 30 minutes", "Moments and clips", "Why, right now", "Emotes", "Chat"])
    await page.getByRole("heading", { name: heading }).waitFor();
  await shown(page.locator("#chat li"));
  await page.getByText("As a table").click();
  assert.ok(await page.getByRole("table", { name: /^By minute/ }).isVisible());

  const held = (how) => shown(page.locator(`#state[data-held="${how}"]`));
  await press(/^Pause/);
  await held("paused");
  assert.ok(!(await button(/^Pause/).isVisible()), "what helps is shown, and nothing else");
  await press(/^Resume/);
  await held("");
  await press("10 min");
  await shown(page.locator("#state", { hasText: /muted/ }));
  await press(/^Resume/);
  await held("");
  await page.getByLabel(/^Title of the clip/).fill("by hand, without a script");
  await press(/^Clip now/);
  await page.getByText("on its way").first().waitFor();
  await shown(page.locator("#moments", { hasText: "asked for by ann" }));
  await page.getByText("Budget and sensitivity").click();
  await page.getByLabel("Clips an hour").fill("5");
  await press("Save");
  await page.waitForURL(/settings|channels/);
  const budget = (await got(`channels/${channel}/settings`)).find(({ key }) => key === "clips.budget_per_hour");
  assert.equal(budget.value, "5");
});

test("a moment is judged, undone, named and cut anew", { timeout: 240_000 }, async () => {
  const moments = async (verdict = "any") => (await got(`moments?verdict=${verdict}`)).moments;
  await here.tell("say", { channel, user: "helper", text: "!clip another", role: "moderator" });
  await until(async () => (await moments()).length >= 2);
  await to("/review");
  await page.locator(".queue", { hasText: "by hand, without a script" }).waitFor();
  const items = page.locator(".queue li a");
  const [first, second] = [await items.nth(0).textContent(), await items.nth(1).textContent()];
  assert.equal(await page.locator("#what").textContent(), first);
  await items.nth(1).click();
  await page.locator("#what", { hasText: second }).waitFor();
  for (const heading of ["Why", "Chat around it", "Clip"]) await page.getByRole("heading", { name: heading, exact: true }).waitFor();
  await page.locator("#detail svg.chart").first().waitFor();
  const key = await page.locator("#detail").getAttribute("data-of");
  await press(/^Keep/);
  assert.deepEqual((await moments("kept")).map((one) => one.key), [key]);
  await press(/^Undo/);
  assert.deepEqual(await moments("kept"), []);
  await to(`/review/${key}`);
  await press(/^Reject/);
  await to(`/review/${key}`);
  await page.locator("#detail .said").getByText("rejected by ann").waitFor();
  await press(/^Keep/);
  await to(`/review/${key}`);
  await page.locator("#detail .said").getByText("kept by ann").waitFor();
  await page.locator("summary", { hasText: "Title" }).click();
  await page.locator("#detail [name=title]").fill("a better name");
  await press("Save");
  await page.getByRole("heading", { name: "a better name" }).waitFor();
  await until(async () => (await got(`moments/${key}`)).clip_id);
  await to(`/review/${key}`);
  await page.locator("summary", { hasText: "Cut anew" }).click();
  assert.ok(!(await page.getByRole("slider").first().isVisible()), "a slider alone would do nothing");
  await page.getByLabel(/^Start/).fill("-20");
  await page.getByLabel("End", { exact: true }).fill("6");
  await press("Cut");
  await until(async () => (await got(`moments/${key}`)).recuts.length);
  await to(`/review/${key}`);
  await page.getByRole("table", { name: "Beside the moment as it was found" }).waitFor();
  // What is chosen in the list's filter is shown by its button.
  await page.getByLabel("Verdict").selectOption("any");
  await press("Show");
  await page.waitForURL(/verdict=any/);
  assert.ok(await page.locator(".queue li").count());
});

test("streams and figures are narrowed, and exported", async () => {
  await to("/streams");
  await page.getByLabel("Channel").selectOption(channel);
  await press("Show");
  await page.waitForURL(/channel=mossykettle/);
  const rows = page.getByRole("row", { name: channel });
  await rows.first().getByRole("link", { name: channel }).click();
  await page.getByRole("heading", { name: `Stream of ${channel}` }).waitFor();
  await page.locator("svg.chart").first().waitFor();
  await page.getByRole("heading", { name: "What viewers clipped" }).waitFor();
  await to("/analytics");
  await page.getByRole("table", { name: /^Moments a day/ }).waitFor();
  await page.locator("main").getByLabel("Channel").first().selectOption(channel);
  await press("Show");
  await page.waitForURL(/channel=mossykettle/);
  for (const start of [() => page.getByRole("link", { name: "CSV" }).first().click(), () => press("Clips as JSON")]) {
    const coming = page.waitForEvent("download");
    await start();
    assert.match((await coming).suggestedFilename(), /^cliphound-(moments|clips)-.*\.(csv|json)$/);
  }
});

// What is asked, and both answers: the way back changes nothing.
async function sure(ask, title, yes, name) {
  await ask();
  await page.getByRole("heading", { name: title, level: 1 }).waitFor();
  await page.getByText("Nothing has been done yet").waitFor();
  await page.getByRole("link", { name: /^Back/ }).click();
  await name().waitFor();
  await ask();
  await button(yes).click();
}

test("channels are added, set and removed, and who asks is asked", async () => {
  const newcomer = "cliphound_tester", link = () => page.getByRole("link", { name: newcomer, exact: true });
  await to("/channels");
  await page.getByLabel(/Add a channel/).fill(newcomer);
  await press("Add");
  await link().waitFor();
  await sure(() => button(`Remove ${newcomer}`).click(), `Stop following ${newcomer}?`, "Remove", link);
  await page.waitForURL(`${here.base}/channels`);
  assert.equal(await link().count(), 0);

  await to(`/channels/${channel}/settings`);
  await page.getByLabel(/^Cooldown/).fill("90");
  await press("Save");
  assert.equal(await page.getByLabel(/^Cooldown/).inputValue(), "90");
  await press("Undo clips.cooldown_s");
  assert.equal(await page.getByLabel(/^Cooldown/).inputValue(), "");
  await page.getByLabel(/^Budget/).fill("3000");
  await press("Save");
  await page.getByText("from 0.1 to 60 clips an hour").waitFor();
  await to(`/channels/${channel}/settings`);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const file = await (await coming).path();
  const since = async () => (await got(`channels/${channel}/learned`)).since_ms;
  const before = await since();
  await sure(() => press("Reset"), `Forget what was learned of ${channel} and learn anew?`, "Reset", () => page.getByRole("heading", { name: "What was learned" }));
  await until(async () => (await since()) !== before);
  await to(`/channels/${channel}/settings`);
  await page.getByLabel("Import").setInputFiles(file);
  await press("Import");
  await page.getByRole("heading", { name: `Settings of ${channel}` }).waitFor();
});

test("people are let in, may more, and go", async () => {
  await to("/settings/people");
  await page.getByLabel("Name", { exact: true }).fill("bob");
  await press("Let them in");
  const link = await page.getByLabel("The link for bob").inputValue();
  const bob = await here.stranger({ javaScriptEnabled: false });
  await bob.goto(link);
  await bob.locator("[name=password]").fill(password);
  await bob.locator("[name=again]").fill(password);
  await bob.keyboard.press("Enter");
  await bob.waitForURL(`${here.base}/`);
  const card = () => page.getByRole("region", { name: "bob" });
  await to("/settings/people");
  await card().getByLabel("In every channel").selectOption("viewer");
  await card().getByRole("button", { name: /^Save/ }).click();
  assert.equal(await card().getByLabel("In every channel").inputValue(), "viewer");
  await card().getByRole("link", { name: /^Grant/ }).click();
  await page.getByLabel("Channel", { exact: true }).fill(channel);
  await page.getByLabel("Role").selectOption("editor");
  await press("Grant");
  await page.getByRole("row", { name: channel }).getByRole("button", { name: /^Take back/ }).click();
  assert.equal(await page.getByRole("row", { name: channel }).count(), 0);

  await to("/settings/people");
  const open = async (name) => {
    await card().locator("summary").click();
    await card().getByRole("button", { name }).click();
  };
  await sure(() => open(/^Log out everywhere/), "Log bob out everywhere?", "Log out everywhere", card);
  await bob.goto(`${here.base}/review`);
  assert.match(bob.url(), /\/login/);
  await sure(() => open(/^Remove/), "Remove bob?", "Remove", card);
  await page.waitForURL(`${here.base}/settings/people`);
  assert.equal(await card().count(), 0);
  await bob.context().close();
});

test("tokens, the password, alerts and deletion", async () => {
  await to("/settings/tokens");
  await page.getByLabel("What it is for").fill("a script");
  await press("Make it");
  const token = await page.getByLabel("The new token").inputValue();
  const let_in = async () => (await fetch(`${here.base}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status;
  assert.equal(await let_in(), 200);
  await to("/settings/tokens");
  const end = () => button("End the token a script");
  await sure(() => end().click(), "End the token “a script”?", "End it", end);
  assert.equal(await end().count(), 0);
  assert.equal(await let_in(), 401);

  await to("/settings");
  const fresh = `${password}, again`;
  await page.getByLabel("The one of now").fill(password);
  await page.locator("[name=password]").fill(fresh);
  await page.locator("[name=again]").fill(fresh);
  await press("Change the password");
  await page.getByRole("heading", { name: "You are ann" }).waitFor();

  await to("/settings/alerts");
  await press("Send a test by nobody");
  await page.waitForURL(`${here.base}/settings/alerts?tested=nobody`);
  const told = page.getByRole("alert").getByText("nobody: not sent");
  await told.waitFor();
  // Loading that again sends nothing: the browser would ask, were it a form.
  const posts = [];
  page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
  await page.reload();
  await told.waitFor();
  assert.deepEqual(posts, []);

  await to("/settings/deletion");
  await page.getByLabel("a user", { exact: true }).check();
  await page.getByLabel(/^Name at Twitch/).fill("helper");
  await press("See what there is");
  await page.getByRole("heading", { name: "What there is of the user helper" }).waitFor();
  await page.getByLabel(/^Type helper/).fill("another");
  await press("Delete everything about helper");
  await page.getByText("type the name helper to confirm").waitFor();
  await page.goBack();
  await page.getByLabel(/^Type helper/).fill("helper");
  await press("Delete everything about helper");
  await page.getByRole("heading", { name: "Deleted: the user helper" }).waitFor();
});

// With a script a dialog asks; the page is looked at all the same.
test("the page that asks can be read by everybody", async () => {
  const context = await here.browser.newContext({ storageState: await page.context().storageState() });
  const other = await context.newPage();
  watch(other);
  await visit(other, `${here.base}/channels`);
  // As a browser without a script sends it.
  await Promise.all([other.waitForURL(/\/remove$/), other.evaluate(() => document.querySelector("form[data-sure]").submit())]);
  await other.getByRole("button", { name: "Remove" }).waitFor();
  await look(other, "sure");
  await context.close();
});
