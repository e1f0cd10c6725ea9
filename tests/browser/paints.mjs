// When a page is first seen: First Contentful Paint since the navigation began, as Chromium tells it
// (PerformancePaintTiming), and how much of that the server took. Three ways to come to a page:
//
//   cold   the first page that a new browser process draws
//   warm   a browser that runs and has drawn pages of others; nothing of ours is kept
//   next   from another page of ours, as by a link
//
// Warm and next go on in one window, as people do: a new one has Chromium build its own rows of
// buttons (pages, too, with scripts) while it draws ours.
import { createServer } from "node:http";
import { sizes, open } from "./world.mjs";

const LOADS = 9;
// How long one looks at a page before going on, ms: until what comes after its first paint is over.
const LOOK_MS = 1000;
// Script and style of its own, as the pages that people come from have.
const ELSEWHERE = "<!doctype html><title>Elsewhere</title><style>p { font: 2rem serif }</style><p>Something else</p><script>document.body.append(new Date().toLocaleString())</script>";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const ways = {
  cold: async (path, here) => {
    const browser = await open();
    try { return await seen(await window(browser, here.state), here.base + path); } finally { await browser.close(); }
  },
  warm: async (path, { base, page, cache }, elsewhere) => {
    await seen(page, elsewhere);
    await cache.send("Network.clearBrowserCache");
    await sleep(LOOK_MS);
    return seen(page, base + path);
  },
  next: async (path, { base, page }) => {
    await seen(page, base + beside(path));
    await sleep(LOOK_MS);
    return seen(page, base + path);
  },
};
// A page of the same kind of visitor, so that style and script are there.
const beside = (path) => (path === "/login" ? "/login?next=%2Freview" : "/settings");

// Of each page and way: the median of the loads, the slowest, and the median of the server's part.
export async function paints(here, paths, storageState) {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(ELSEWHERE));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Another name is another site to a browser, and gets a process of its own.
  const elsewhere = `http://localhost:${server.address().port}/`;
  const heads = Object.keys(ways).map((name) => `${name} (slowest, server)`.padStart(24));
  console.log(`First contentful paint, ms: median of ${LOADS} loads\n${"".padEnd(44)}${heads.join("")}`);
  for (const path of paths) {
    const state = path === "/login" ? undefined : storageState, cells = [];
    const page = await window(here.browser, state);
    const at = { base: here.base, state, page, cache: await page.context().newCDPSession(page) };
    for (const way of Object.values(ways)) {
      const all = [];
      for (let nth = 0; nth < LOADS; nth += 1) all.push(await way(path, at, elsewhere));
      const [paint, server] = ["paint", "server"].map((what) => all.map((one) => one[what]).sort((a, b) => a - b));
      const middle = (LOADS - 1) / 2;
      cells.push(`${paint[middle].toFixed(0)} (${paint.at(-1).toFixed(0)}, ${server[middle].toFixed(1)})`.padStart(24));
    }
    await page.context().close();
    console.log(path.padEnd(44) + cells.join(""));
  }
  server.close();
}

// A window with an empty cache.
async function window(browser, storageState) {
  const context = await browser.newContext({ viewport: sizes.desktop, storageState });
  return context.newPage();
}

async function seen(page, url) {
  await page.goto(url);
  return page.evaluate(() => new Promise((resolve) => {
    const [{ requestStart, responseStart }] = performance.getEntriesByType("navigation");
    const told = (list) => {
      for (const { startTime } of list.getEntriesByName("first-contentful-paint")) resolve({ paint: startTime, server: responseStart - requestStart });
    };
    new PerformanceObserver(told).observe({ type: "paint", buffered: true });
  }));
}
