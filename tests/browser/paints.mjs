// When a page is first seen: First Contentful Paint since the navigation began, as Chromium tells it
// (PerformancePaintTiming), and how much of that the server took. Three ways to come to a page:
//
//   cold   the first page that a new browser process draws
//   warm   a browser that runs and has drawn pages of others; nothing of ours is kept
//   next   from another page of ours, as by a link
import { createServer } from "node:http";
import { sizes, open } from "./world.mjs";

const LOADS = 9;
// Script and style of its own, as the pages that people come from have.
const ELSEWHERE = "<!doctype html><title>Elsewhere</title><style>p { font: 2rem serif }</style><p>Something else</p><script>document.body.append(new Date().toLocaleString())</script>";

const ways = {
  cold: async (path, here) => {
    const browser = await open();
    try { return await once(browser, here, path, []); } finally { await browser.close(); }
  },
  warm: (path, here, elsewhere) => once(here.browser, here, path, [elsewhere]),
  next: (path, here) => once(here.browser, here, path, [here.base + beside(path)]),
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
    for (const way of Object.values(ways)) {
      const all = [];
      for (let nth = 0; nth < LOADS; nth += 1) all.push(await way(path, { ...here, state }, elsewhere));
      const [paint, server] = ["paint", "server"].map((what) => all.map((one) => one[what]).sort((a, b) => a - b));
      const middle = (LOADS - 1) / 2;
      cells.push(`${paint[middle].toFixed(0)} (${paint.at(-1).toFixed(0)}, ${server[middle].toFixed(1)})`.padStart(24));
    }
    console.log(path.padEnd(44) + cells.join(""));
  }
  server.close();
}

// One load in a context of its own, with an empty cache, after the pages `before` were drawn there.
async function once(browser, { base, state }, path, before) {
  const context = await browser.newContext({ viewport: sizes.desktop, storageState: state });
  const page = await context.newPage();
  for (const url of before) {
    await page.goto(url);
    await seen(page);
  }
  await page.goto(base + path);
  const told = await seen(page);
  await context.close();
  return told;
}

function seen(page) {
  return page.evaluate(() => new Promise((resolve) => {
    const [{ requestStart, responseStart }] = performance.getEntriesByType("navigation");
    const told = (list) => {
      for (const { startTime } of list.getEntriesByName("first-contentful-paint")) resolve({ paint: startTime, server: responseStart - requestStart });
    };
    new PerformanceObserver(told).observe({ type: "paint", buffered: true });
  }));
}
