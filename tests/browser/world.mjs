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
// The narrowest phone that is thought of, and a desk.
export const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } };
export const password = "correct horse battery";
// A busy machine takes its time; what never happens fails after this.
const patience = Number(process.env.PATIENCE_MS ?? 60_000);

// `cliphound demo` with these settings, `speed` times faster than real time.
export async function world({ speed = 20, settings = "" } = {}) {
  const dir = folder(settings), found = {};
  const demo = await started(
    ["demo", "--dir", dir, "--speed", String(speed), "--seconds", "1000000", "--listen", "127.0.0.1:0"], {}, "stdout",
    (line) => {
      const [, what, url] = line.match(/^(Truth|Look): +(\S+)/) ?? [];
      if (what) found[what] = url;
      return found.Truth && found.Look;
    },
  );
  return around({ link: found.Look, control: found.Truth.replace(/\/truth$/, ""), dir, processes: [demo] });
}

// The daemon and the simulated Twitch as processes of their own. `is_public`: the daemon has an app
// without a secret, and no account yet.
export async function apart({ speed = 1, settings = "", is_public = false } = {}) {
  const dir = folder(settings), pace = { CLIPHOUND_SPEED: String(speed) };
  let told, link;
  const sim = await started(["sim"], pace, "stdout", (line) => (told = JSON.parse(line)));
  const services = ["irc", "helix", "oauth", "eventsub", "seventv", "seventv_events", "bttv", "bttv_events", "ffz"];
  const environment = Object.fromEntries(services.map((name) => [`CLIPHOUND_ENDPOINTS__${name.toUpperCase()}`, told[name]]));
  environment.TWITCH_CHANNELS = told.channels.map(({ login }) => login).join(",");
  environment.TWITCH_CLIENT_ID = is_public ? told.test_tokens[0].client_id : told.client_id;
  if (!is_public)
    for (const name of ["client_secret", "access_token", "refresh_token"]) environment[`TWITCH_${name.toUpperCase()}`] = told[name];
  const daemon = await started(
    ["--dir", dir, "--log-format", "json", "run"], { ...environment, ...pace, CLIPHOUND_WEB__LISTEN: "127.0.0.1:0" }, "stderr",
    (line) => (link = line.startsWith("{") && JSON.parse(line).link),
  );
  return around({ link, control: told.control, dir, processes: [daemon, sim] });
}

function folder(settings) {
  const dir = mkdtempSync(join(tmpdir(), "cliphound-browser-"));
  if (settings) writeFileSync(join(dir, "cliphound.toml"), settings);
  return dir;
}

// The binary, once a line of what it writes `is_told`; its other words are shown if it ends before.
function started(args, environment, stream, is_told) {
  const own = Object.entries(process.env).filter(([name]) => !/^(CLIPHOUND_|TWITCH_)/.test(name));
  const env = { ...Object.fromEntries(own), ...environment };
  const child = spawn(process.env.CLIPHOUND, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "", is_up = false;
  child.stderr.on("data", (text) => (log = (log + text).slice(-20_000)));
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => reject(new Error(`cliphound ${args.join(" ")} ended (${code}): ${log}`)));
    createInterface({ input: child[stream] }).on("line", (line) => {
      if (!is_up && is_told(line)) {
        is_up = true;
        resolve(child);
      }
    });
    if (stream === "stderr") child.stdout.resume();
    const late = () => reject(new Error(`cliphound ${args.join(" ")} does not tell where it is: ${log}`));
    setTimeout(late, patience).unref();
  });
}

// A browser's process of its own.
export function open() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
}

// A browser that looks at it, and what can be told to the simulated Twitch.
async function around({ link, control, dir, processes }) {
  const browser = await open();
  const base = new URL(link).origin;
  return {
    base,
    link,
    browser,
    // Of the daemon, where it has a process of its own.
    pid: processes[0].pid,
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
    // A page of a browser of its own, of nobody yet.
    async stranger(options = {}) {
      const context = await browser.newContext({ viewport: sizes.desktop, ...options });
      context.setDefaultTimeout(patience);
      const page = await context.newPage();
      watch(page);
      return page;
    },
    // The same, logged in as the owner who sets a password first.
    async owner(options = {}) {
      const page = await this.stranger(options);
      await page.goto(link);
      await page.getByLabel(/^Your name|^Name/).fill("ann");
      await page.locator("[name=password]").fill(password);
      await page.locator("[name=again]").fill(password);
      await page.keyboard.press("Enter");
      await page.waitForURL(`${base}/`);
      return page;
    },
    async end() {
      await browser.close();
      for (const child of processes) {
        child.removeAllListeners("exit");
        const gone = new Promise((resolve) => child.on("exit", resolve));
        child.kill("SIGTERM");
        await gone;
      }
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

// At both sizes nothing is wider than the screen, and axe finds nothing serious, light or dark; with
// pictures.
export async function look(page, name) {
  await page.evaluate(axe);
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: picture(name, size), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px wider than a ${size}`);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      if (colorScheme === "dark" && size === "desktop") await page.screenshot({ path: picture(name, "dark"), fullPage: true });
      assert.deepEqual(await serious(page), [], `${name}, ${size}, ${colorScheme}`);
    }
  }
  contented(page);
}

function picture(name, kind) {
  return join(process.env.PICTURES, `${name}-${kind}.png`);
}

// What axe finds, in words. Twitch's player is not ours.
async function serious(page) {
  const found = await page.evaluate(() => axe.run({ exclude: ["iframe"] }));
  const bad = found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return bad.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" | ")}`);
}

// A page is small, with all that it takes when it is loaded for the first time. What is kept from
// before counts, too; Twitch's player is not ours.
export async function visit(page, url) {
  const answer = await page.goto(url);
  assert.equal(answer.status(), 200, url);
  const taken = await page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .filter(({ name, initiatorType }) => new URL(name).origin === origin && !["fetch", "other", "video"].includes(initiatorType))
      .map(({ name, encodedBodySize }) => [name, encodedBodySize]));
  const length = taken.reduce((sum, [, bytes]) => sum + bytes, 0);
  // The style stands in the page, and the policy lets it.
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).marginTop), "0px", url);
  assert.ok(length < 100_000, `${url} takes ${length} bytes: ${taken}`);
}
