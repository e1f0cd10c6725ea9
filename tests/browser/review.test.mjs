// An editor's evening: moments judged by keyboard, cut anew, and the mirror after the stream.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { contented, look, visit, watch, world } from "./world.mjs";

let here, page;
before(async () => {
  // So little that moments are missed, and the mirror has advice; what is asked for costs nothing.
  here = await world({ speed: 40, settings: "[clips]\nbudget_per_hour = 0.1\n" });
  page = await here.owner();
});
after(() => here?.end());

const moments = async (query = "") => {
  const answer = await page.request.get(`${here.base}/api/v1/moments${query}`);
  assert.equal(answer.status(), 200);
  const found = await answer.json();
  return found.moments ?? found.items ?? found;
};
// Asks again until it is so; what never is so is told before the test's own time ends.
async function until(is_so) {
  for (const end = Date.now() + 120_000; Date.now() < end; await page.waitForTimeout(200)) {
    const found = await is_so();
    if (found) return found;
  }
  assert.fail(`it never is so: ${is_so}`);
}
// What was sent is shown: the API tells a verdict a little before the page does.
const settled = () => page.waitForFunction(() => document.querySelector("main").ariaBusy !== "true");

test("moments are judged by keyboard", { timeout: 240_000 }, async () => {
  // What is said before chat is heard is lost.
  const channels = async () => (await page.request.get(`${here.base}/api/v1/channels`)).json();
  await until(async () => (await channels()).every(({ state }) => state !== "not_heard"));
  for (const channel of ["mossykettle", "quillarcade"])
    await here.tell("say", { channel, user: "helper", text: "!clip for the editor", role: "moderator" });
  await until(async () => (await moments()).length >= 2);
  await visit(page, `${here.base}/review`);
  await page.keyboard.press("u");
  await page.getByRole("status").getByText("There is nothing to undo").waitFor();
  await page.keyboard.press("j");
  await look(page, "review-moments");
  const judged = async (verdict) => (await moments(`?verdict=${verdict}`)).map(({ key }) => key);
  await page.keyboard.press("y");
  const [kept] = await until(async () => (await judged("kept")).length && judged("kept"));
  // Each key is meant for the moment that is shown when its turn comes, however fast they are.
  await page.keyboard.press("n");
  await page.keyboard.press("u");
  await page.keyboard.press("n");
  const [rejected] = await until(async () => (await judged("rejected")).length && judged("rejected"));
  assert.notEqual(kept, rejected);
  assert.deepEqual(await judged("kept"), [kept]);
  contented(page);
});

test("a key that is held judges one moment, and one in haste the next", { timeout: 240_000 }, async () => {
  await until(async () => {
    for (const channel of ["mossykettle", "quillarcade"])
      await here.tell("say", { channel, user: "helper", text: "!clip one more", role: "moderator" });
    return (await moments()).length >= 8;
  });
  await visit(page, `${here.base}/review`);
  const judged = async (verdict) => (await moments(`?verdict=${verdict}`)).length;
  const [kept, rejected] = [await judged("kept"), await judged("rejected")];
  await page.keyboard.press("j");
  for (let nth = 0; nth < 12; nth += 1) await page.keyboard.down("y");
  await page.keyboard.up("y");
  await until(async () => (await judged("kept")) > kept);
  // What was pressed before takes its turn before.
  await page.keyboard.press("n");
  await until(async () => (await judged("rejected")) > rejected);
  assert.equal(await judged("kept"), kept + 1);
  await settled();
  await page.evaluate(() => {
    for (let nth = 0; nth < 6; nth += 1) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "y", bubbles: true }));
  });
  await until(async () => (await judged("kept")) >= kept + 3);
  await page.keyboard.press("n");
  await until(async () => (await judged("rejected")) > rejected + 1);
  assert.equal(await judged("kept"), kept + 3);
  contented(page);
});

test("what is said in one tab is seen in the other", { timeout: 240_000 }, async () => {
  await until(async () => {
    for (const channel of ["mossykettle", "quillarcade"])
      await here.tell("say", { channel, user: "helper", text: "!clip for two", role: "moderator" });
    return (await moments()).length >= 2;
  });
  const other = await page.context().newPage();
  watch(other);
  await visit(page, `${here.base}/review`);
  await visit(other, `${here.base}/review`);
  const [, second] = await moments();
  const title = other.locator("#detail [name=title]");
  await other.keyboard.press("e");
  await title.fill("half a title");
  const shown = await other.locator("#detail").getAttribute("data-of");
  // The same moment is judged here, and the one after it.
  const judge = async (key, verdict) => {
    await visit(page, `${here.base}/review/${key}`);
    await page.getByRole("button", { name: verdict, exact: false }).first().click();
  };
  await judge(shown, "Keep");
  await other.locator("#detail .said").getByText("kept by ann").waitFor();
  await judge(second.key === shown ? (await moments())[0].key : second.key, "Reject");
  await other.locator(".queue").getByText("rejected by ann").first().waitFor();
  // Who works there is not disturbed.
  assert.equal(await title.inputValue(), "half a title");
  assert.ok(await title.evaluate((field) => field === document.activeElement));
  assert.equal(await other.locator("#detail").getAttribute("data-of"), shown);
  contented(other);
  await other.close();
});

test("a moment is cut anew from the VOD", { timeout: 240_000 }, async () => {
  const [kept] = await moments("?verdict=kept");
  await visit(page, `${here.base}/review/${kept.key}`);
  await page.keyboard.press("r");
  // What is typed goes to the start, and Enter on a slider asks for nothing.
  await page.locator("#start:focus").waitFor();
  const asked = async () => (await (await page.request.get(`${here.base}/api/v1/moments/${kept.key}`)).json()).recuts.length;
  const before = await asked();
  await page.getByRole("slider", { name: "Slide the start" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#start").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("-25");
  await page.keyboard.press("Tab");
  await page.keyboard.type("5");
  assert.equal(await asked(), before);
  await page.keyboard.press("Enter");
  await page.locator("#toast").getByText(/^Asked for, from the VOD: starts .*; 30 s long\.$/).waitFor();
  await page.getByText(/^starts .*; 30 s long$/).first().waitFor();
  const whole = async () => (await page.request.get(`${here.base}/api/v1/moments/${kept.key}`)).json();
  const cut = await until(async () => (await whole()).recuts.find(({ clip_url }) => clip_url));
  assert.match(cut.clip_url, /^https:\/\/clips\.twitch\.tv\//);
  await visit(page, `${here.base}/review/${kept.key}`);
  await look(page, "recut");
});

test("a moment is named, and its video fetched, by keys; K goes back", { timeout: 240_000 }, async () => {
  const [kept] = await moments("?verdict=kept");
  await visit(page, `${here.base}/review/${kept.key}`);
  await page.keyboard.press("e");
  await page.locator("[name=title]:focus").waitFor();
  // What is typed takes the place of what was there.
  await page.keyboard.type("by the key E");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "by the key E" }).waitFor();
  await page.locator("#toast").getByText("The title is saved.").waitFor();
  const whole = async () => (await page.request.get(`${here.base}/api/v1/moments/${kept.key}`)).json();
  assert.equal((await whole()).title, "by the key E");
  // There is something to fetch once there is a clip.
  await until(async () => (await whole()).clip_id);
  await visit(page, `${here.base}/review/${kept.key}`);
  await page.keyboard.press("d");
  await page.getByRole("link", { name: /^Save the video/ }).waitFor();
  const coming = page.waitForEvent("download");
  await page.keyboard.press("d");
  assert.match((await coming).suggestedFilename(), /\.mp4$/);

  await visit(page, `${here.base}/review?verdict=any`);
  const at = () => page.evaluate(() => [...document.querySelectorAll("[data-item]")].findIndex((item) => item.matches("[aria-current]:focus")));
  // While what was chosen is on its way, a key waits.
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await until(async () => (await at()) === 2);
  await page.keyboard.press("k");
  await until(async () => (await at()) === 1);
  contented(page);
});

test("keys are about what is shown", { timeout: 240_000 }, async () => {
  await visit(page, `${here.base}/review`);
  const said = async () => (await moments("?verdict=kept")).length;
  const [before, of] = [await said(), await page.locator("#detail").getAttribute("data-of")];
  const chosen = () => page.evaluate(() => document.querySelector("[data-item][aria-current]").id);
  const first = await chosen();
  // What can't be shown is not chosen, and a verdict in haste is not about what stayed.
  const detail = "this moment was deleted";
  await page.route("**/review/*", (route) => route.fulfill({ status: 404, contentType: "application/problem+json", body: JSON.stringify({ detail }) }));
  await page.keyboard.press("j");
  await page.keyboard.press("y");
  await page.locator("#toast").getByText(detail).waitFor();
  await settled();
  await page.unroute("**/review/*");
  assert.deepEqual([await chosen(), await page.locator("#detail").getAttribute("data-of")], [first, of]);
  // Nor does the focus choose.
  await page.locator("[data-item] a").nth(1).focus();
  assert.equal(await chosen(), first);
  assert.equal(await said(), before);
  contented(page);
});

test("J goes on to the next page of the list, and K back", { timeout: 240_000 }, async () => {
  const all = async () => (await moments("?verdict=any&limit=500")).length;
  await until(async () => {
    for (const channel of ["mossykettle", "quillarcade"])
      await here.tell("say", { channel, user: "helper", text: "!clip and more", role: "moderator" });
    return (await all()) >= 55;
  });
  await visit(page, `${here.base}/review?verdict=any`);
  const items = page.locator("[data-item]");
  const focused = () => page.evaluate(() => [document.activeElement.id, document.activeElement.matches("[aria-current]")]);
  assert.equal(await items.count(), 50);
  const [first, last] = [await items.first().getAttribute("id"), await items.last().getAttribute("id")];
  for (let nth = 1; nth < 50; nth += 1) await page.keyboard.press("j");
  await page.locator(`#${last}:focus`).waitFor();
  await settled();
  // A verdict that is pressed while the page is being left is about nothing that is seen.
  const verdicts = async () => (await moments("?verdict=kept&limit=500")).length;
  const before = await verdicts();
  let go;
  const held = new Promise((resolve) => (go = resolve));
  await page.route(/after=/, async (route) => { await held; await route.continue(); });
  await page.keyboard.press("j", { noWaitAfter: true });
  await page.keyboard.press("y", { noWaitAfter: true });
  go();
  await page.waitForURL(/after=/);
  await page.unroute(/after=/);
  await page.locator("[data-item]:focus").waitFor();
  assert.deepEqual(await focused(), [await items.first().getAttribute("id"), true]);
  assert.ok(![first, last].includes((await focused())[0]));
  assert.equal(await verdicts(), before);
  await page.keyboard.press("k");
  await page.locator(`#${last}:focus`).waitFor();
  assert.deepEqual(await focused(), [last, true]);
  // Above the first of all there is nothing: there it stays.
  for (let nth = 1; nth < 50; nth += 1) await page.keyboard.press("k");
  const top = await items.first().getAttribute("id");
  await page.locator(`#${top}:focus`).waitFor();
  contented(page);
});

test("after the stream stands what viewers clipped beside ours", { timeout: 100_000 }, async () => {
  const get = async (path) => (await page.request.get(`${here.base}/api/v1/${path}`)).json();
  const share = (a, b) => a.start_ms < b.end_ms && b.start_ms < a.end_ms && a.channel === b.channel;
  // Viewers clip what many joined in; one of these that Cliphound has not.
  const theirs = await until(async () => {
    const [truth, all, ours] = await Promise.all(["truth", "viewer_clips", "clips"].map(here.asks));
    const moments = truth.filter(({ decoy }) => !decoy);
    return all.find((clip) => moments.some((one) => share(one, clip)) && !ours.some((one) => share(one, clip)));
  });
  for (const { channel } of await get("channels")) await here.tell("live", { channel, live: false });
  // Its place is known some minutes after it was made, a quarter of an hour after the end at the latest.
  const found = await until(async () => {
    const streams = await get(`streams?zone=UTC&channel=${theirs.channel}`);
    for (const stream of streams.filter(({ highlights }) => highlights > 0)) {
      const mirror = await get(`streams/${stream.channel}/${stream.start_ms}/mirror`);
      const highlight = mirror.find(({ clips }) => clips.includes(theirs.id));
      if (highlight) return { stream, highlight, mirror };
    }
  });
  const { stream, highlight, mirror } = found;
  assert.ok(Math.abs(highlight.start_ms - theirs.start_ms) < 60_000, JSON.stringify([highlight, theirs]));
  assert.ok(stream.caught <= stream.top, JSON.stringify(stream));
  assert.equal(highlight.became, "missed", highlight.advice);
  // Of the misses of so small a budget, some would have been caught with a larger one.
  const advised = mirror.find(({ key }) => key === "clips.budget_per_hour");
  assert.ok(advised, JSON.stringify(mirror));
  await visit(page, `${here.base}/streams`);
  await look(page, "streams-mirror");
  await visit(page, `${here.base}/streams/${stream.channel}/${stream.start_ms}`);
  await look(page, "stream");
  // The curve of a miss comes when it is opened.
  const miss = page.locator("details[data-fetch]").first();
  const curve = await miss.getAttribute("data-fetch");
  await miss.locator("summary").click();
  await page.locator("details[open] [id^=curve-] figure").first().waitFor();
  // Without a script it is a page of its own.
  await visit(page, here.base + curve);
  await look(page, "curve");
  await page.goBack();

  // What would have caught it is one button, and one undo.
  const budget = async () => {
    const settings = await get(`channels/${stream.channel}/settings`);
    return settings.find(({ key }) => key === "clips.budget_per_hour").value;
  };
  assert.equal(await budget(), "0.1");
  await page.getByRole("button", { name: `Apply: budget ${advised.value} clips an hour`, exact: true }).first().click();
  await page.getByText("Applied").first().waitFor();
  assert.equal(await budget(), advised.value);
  await visit(page, `${here.base}/channels/${stream.channel}/settings`);
  await page.getByRole("button", { name: "Undo clips.budget_per_hour" }).click();
  await page.getByText("Undone").waitFor();
  assert.equal(await budget(), "0.1");
  contented(page);
});
