// An editor's evening: moments judged by keyboard, cut anew, and the mirror after the stream.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { look, visit, world } from "./world.mjs";

let here, page;
before(async () => {
  here = await world({ speed: 30 });
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
  const { channels } = { channels: ["mossykettle", "quillarcade"] };
  for (const channel of channels)
    await here.tell("say", { channel, user: "helper", text: "!clip for the editor", role: "moderator" });
  await until(async () => (await moments()).length >= 2);
  await visit(page, `${here.base}/review`);
  await page.keyboard.press("j");
  await look(page, "review-moments");
  const before = await page.locator("[data-item]").count();
  await page.keyboard.press("y");
  await page.getByText(/kept/).first().waitFor();
  await page.keyboard.press("n");
  await until(async () => (await moments("?verdict=rejected")).length === 1);
  assert.equal((await moments("?verdict=kept")).length, 1);
  await page.keyboard.press("u");
  await until(async () => (await moments("?verdict=rejected")).length === 0);
  assert.ok(before >= 2);
});
