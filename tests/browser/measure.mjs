// Figures for the notes, not a test: a machine that does something else would make it fail. Run by
// hand on a quiet one, with a release build (CONTRIBUTING.md):
//
//   cargo build --release && tests/browser/run --measure target/release/cliphound
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { paints } from "./paints.mjs";
import { apart, world } from "./world.mjs";

const VIEWERS = 20, SECONDS = 30;
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// What else the machine does is part of every figure.
console.log(`Load of the machine before: ${loadavg()[0].toFixed(1)}`);
const [only] = process.argv.slice(2);
if (only !== "viewers") await firstPaints();
if (only !== "paints") await viewers();

// Each page with half an hour of chat behind it, and a daemon that is 20 times as busy as in life.
async function firstPaints() {
  const here = await world({ speed: 20 });
  const owner = await here.owner();
  const channel = (await asked(owner, `${here.base}/api/v1/channels`))[0].channel;
  await sleep(90);
  const streams = await asked(owner, `${here.base}/api/v1/streams`);
  const paths = ["/", `/channels/${channel}`, "/review", "/streams", "/analytics", "/channels", `/channels/${channel}/settings`, "/settings"];
  if (streams.length) paths.splice(4, 0, `/streams/${streams[0].channel}/${streams[0].start_ms}`);
  const storageState = await owner.context().storageState();
  await owner.context().close();
  // The last one is a line of text: what the browser takes for itself on this machine.
  await paints(here, [...paths, "/login", "/healthz"], storageState);
  await here.end();
}

// What the daemon alone takes of a core, at the pace of life: with nobody who looks, and with many
// at the page of the busiest channel, or at all channels.
async function viewers() {
  const here = await apart();
  const owner = await here.owner();
  const channels = await asked(owner, `${here.base}/api/v1/channels`);
  const [{ channel }] = channels.sort((a, b) => b.viewers - a.viewers);
  const cookie = (await owner.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  await owner.context().close();
  await here.browser.close();
  // What is learned and joined at the beginning is over.
  await sleep(60);
  console.log(`The daemon's share of a core over ${SECONDS} s`);
  const before = await share(here.pid);
  console.log(`nobody looks                    ${before.toFixed(2)} %`);
  for (const path of [`/channels/${channel}/events`, "/live/events"]) {
    const stop = new AbortController();
    const readers = Array.from({ length: VIEWERS }, () => read(here.base + path, cookie, stop.signal));
    await sleep(5);
    const with_them = await share(here.pid);
    stop.abort();
    const bytes = (await Promise.all(readers)).reduce((sum, own) => sum + own, 0);
    const each = bytes / VIEWERS / (SECONDS + 5) / 1000;
    const more = (with_them - before).toFixed(2);
    console.log(`${VIEWERS} at ${path.padEnd(25)} ${with_them.toFixed(2)} %, ${more} % for them; each gets ${each.toFixed(1)} kB/s`);
  }
  await here.end();
}

async function share(pid) {
  const [began, used] = [performance.now(), cpuSeconds(pid)];
  await sleep(SECONDS);
  return (100 * (cpuSeconds(pid) - used)) / ((performance.now() - began) / 1000);
}

// Linux tells it in ticks: fields 14 and 15 of proc_pid_stat(5).
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(execFileSync("getconf", ["CLK_TCK"]));
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

// Reads a stream until it is told to stop; how many bytes there were.
async function read(url, cookie, signal) {
  let bytes = 0;
  try {
    const answer = await fetch(url, { headers: { cookie }, signal });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    for await (const part of answer.body) bytes += part.length;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return bytes;
}

async function asked(page, url) {
  return (await page.request.get(url)).json();
}
