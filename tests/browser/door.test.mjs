// What is shown to those who are not in yet, and what is not there.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { apart, contented, look, password, visit } from "./world.mjs";

let here, page;
before(async () => {
  here = await apart({ settings: '[web]\nowners = ["cliphound_tester"]\n', is_public: true });
  page = await here.stranger();
});
after(() => here?.end());

test("the first start", async () => {
  await visit(page, `${here.base}/login`);
  await page.getByText("Nobody has a password yet").waitFor();
  await look(page, "login-new");
  const wrong = await page.goto(`${here.base}/setup?code=wrong`);
  assert.ok(wrong.status() >= 400);
  await look(page, "setup-refused");
  await visit(page, here.link);
  await look(page, "setup");
  await page.getByLabel(/^Name/).fill("ann");
  await page.locator("[name=password]").fill(password);
  await page.locator("[name=again]").fill(`${password}, or not`);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("the two passwords differ").waitFor();
  await look(page, "setup-again");
  contented(page);
});

test("the log-in, and what it says to somebody who mistyped", async () => {
  await visit(page, `${here.base}/login`);
  await look(page, "login");
  await page.locator("[name=name]").fill("ann");
  await page.locator("[name=password]").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await look(page, "login-refused");
});

test("the log-in with Twitch waits for a yes", async () => {
  await visit(page, `${here.base}/login`);
  await page.getByRole("link", { name: "Log in with Twitch" }).click();
  const heading = page.getByRole("heading", { name: "Say yes at Twitch" });
  await heading.waitFor();
  // The page asks again by itself; while it is looked at it stands still.
  await page.route("**/login/twitch/wait", async (route) => {
    const response = await route.fetch();
    const { refresh, ...headers } = response.headers();
    assert.equal(refresh, "2");
    await route.fulfill({ response, headers });
  });
  await visit(page, `${here.base}/login/twitch/wait`);
  await heading.waitFor();
  await look(page, "login-wait");
  // Somebody says yes elsewhere.
  const yes = await page.getByRole("link", { name: "Open Twitch" }).getAttribute("href");
  await page.unroute("**/login/twitch/wait");
  assert.equal((await fetch(yes)).status, 200);
  await page.reload();
  await page.waitForURL(`${here.base}/`);
  await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
});

test("what is not there", async () => {
  for (const [path, status, name] of [["/nowhere", 404, "not-there"], ["/analytics?zone=Mars", 422, "mistyped"]]) {
    const answer = await page.goto(here.base + path);
    assert.equal(answer.status(), status);
    await page.getByRole("link", { name: "To the start" }).waitFor();
    await look(page, name);
  }
});
