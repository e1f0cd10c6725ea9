// An editor's evening: moments judged by keyboard, and cut anew.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { contented, look, visit, world } from "./world.mjs";

let here, page;
before(async () => {
  here = await world({ speed: 40 });
  page = await here.owner();
});
after(() => here?.end());

const moments = async (query = "") => {
  const answer = await page.request.get(`${here.base}/api/v1/moments${query}`);
  assert.equal(answer.status(), 200);
  const found = await answer.json();
  return found.moments ?? found.items ?? found;
};
// Asks again until it is so; what never is so ends with the test's own time.
async function until(is_so) {
  for (;;) {
    const found = await is_so();
    if (found) return found;
    await page.waitForTimeout(200);
  }
}

test("moments are judged by keyboard", { timeout: 240_000 }, async () => {
  for (const channel of ["mossykettle", "quillarcade"])
    await here.tell("say", { channel, user: "helper", text: "!clip for the editor", role: "moderator" });
  await until(async () => (await moments()).length >= 2);
  await visit(page, `${here.base}/review`);
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
  await page.evaluate(() => {
    for (let nth = 0; nth < 6; nth += 1) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "y", bubbles: true }));
  });
  await until(async () => (await judged("kept")) >= kept + 3);
  await page.keyboard.press("n");
  await until(async () => (await judged("rejected")) > rejected + 1);
  assert.equal(await judged("kept"), kept + 3);
  contented(page);
});

test("a moment is cut anew from the VOD", { timeout: 240_000 }, async () => {
  const [kept] = await moments("?verdict=kept");
  await visit(page, `${here.base}/review/${kept.key}`);
  await page.keyboard.press("r");
  await page.getByLabel(/^Start, seconds/).fill("-25");
  await page.getByLabel("End", { exact: true }).fill("5");
  await page.getByRole("button", { name: "Cut", exact: true }).click();
  await page.getByText("-25.0 to 5.0 s").first().waitFor();
  const whole = async () => (await page.request.get(`${here.base}/api/v1/moments/${kept.key}`)).json();
  const cut = await until(async () => (await whole()).recuts.find(({ clip_url }) => clip_url));
  assert.match(cut.clip_url, /^https:\/\/clips\.twitch\.tv\//);
  await visit(page, `${here.base}/review/${kept.key}`);
  await look(page, "recut");
});
