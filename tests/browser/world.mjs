// A daemon with a simulated Twitch beside it, and a browser that looks at it.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync, rmSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// A phone, and a desk.
export const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };
export const password = "correct horse battery";
// A busy machine takes its time; what never happens fails after this.
const patience = Number(process.env.PATIENCE_MS ?? 60_000);

// `cliphound demo` with these settings, `speed` times faster than real time.
export async function world({ speed = 20, settings = "" } = {}) {
  const dir = mkdtempSync(join(tmpdir(), "cliphound-browser-"));
  if (settings) writeFileSync(join(dir, "cliphound.toml"), settings);
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(CLIPHOUND_|TWITCH_)/.test(name)),
  );
  const daemon = spawn(
    process.env.CLIPHOUND,
    ["demo", "--dir", dir, "--speed", String(speed), "--seconds", "1000000", "--listen", "127.0.0.1:0"],
    { env: environment, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  daemon.stderr.on("data", (text) => (log += text));
  const found = {};
  const told = new Promise((resolve, reject) => {
    daemon.on("exit", (code) => reject(new Error(`the demo ended (${code}): ${log}`)));
    createInterface({ input: daemon.stdout }).on("line", (line) => {
      const [, what, url] = line.match(/^(Truth|Look): +(\S+)/) ?? [];
      if (what) found[what] = url;
      if (found.Truth && found.Look) resolve();
    });
  });
  await told;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const link = new URL(found.Look), control = found.Truth.replace(/\/truth$/, "");
  return {
    base: link.origin,
    link: link.href,
    browser,
    // Tells the simulator something.
    async tell(what, body) {
      const answer = await fetch(`${control}/${what}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.ok(answer.ok, `${what}: ${answer.status} ${await answer.text()}`);
    },
    async asks(what) {
      return (await fetch(`${control}/${what}`)).json();
    },
    // A browser of its own, logged in as the owner who sets a password first.
    async owner(options = {}) {
      const context = await browser.newContext({ viewport: sizes.desktop, ...options });
      context.setDefaultTimeout(patience);
      const page = await context.newPage();
      watch(page);
      await page.goto(link.href);
      await page.getByLabel(/^Your name|^Name/).fill("ann");
      await page.locator("[name=password]").fill(password);
      await page.locator("[name=again]").fill(password);
      await page.keyboard.press("Enter");
      await page.waitForURL(`${link.origin}/`);
      return page;
    },
    async end() {
      await browser.close();
      daemon.removeAllListeners("exit");
      const gone = new Promise((resolve) => daemon.on("exit", resolve));
      daemon.kill("SIGTERM");
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

// What a page complains of is a failure: scripts that break, what the content policy refuses.
const complaints = new WeakMap();
export function watch(page) {
  const all = [];
  complaints.set(page, all);
  page.on("pageerror", (error) => all.push(String(error)));
  page.on("console", (message) => {
    // Twitch's player can't be reached here.
    if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text())) all.push(message.text());
  });
}
export function contented(page) {
  assert.deepEqual(complaints.get(page), []);
}

// axe finds nothing serious, and nothing is wider than a phone; a picture of it at both sizes.
export async function look(page, name) {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: join(process.env.PICTURES, `${name}-${size}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px wider than a ${size}`);
  }
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: join(process.env.PICTURES, `${name}-dark.png`), fullPage: true });
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    // Twitch's player is not ours.
    const found = await page.evaluate(() => axe.run({ exclude: ["iframe"] }));
    const serious = found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    const words = serious.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" | ")}`);
    assert.deepEqual(words, [], `${name}, ${colorScheme}`);
  }
  contented(page);
}

// The answer to a navigation is small.
export async function visit(page, url) {
  const answer = await page.goto(url);
  assert.equal(answer.status(), 200, url);
  const { length } = await answer.body();
  assert.ok(length < 100_000, `${url} has ${length} bytes`);
}
