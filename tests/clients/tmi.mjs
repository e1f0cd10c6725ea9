// Chat of `cliphound sim`, read and written by tmi.js: a client that other people wrote.
//
// Run by `tests/clients/run` in the folder that has tmi.js in its node_modules, with the
// simulator's JSON line as argument.
import assert from "node:assert/strict";
import { on } from "node:events";
import { createRequire } from "node:module";

const tmi = createRequire(`${process.cwd()}/`)("tmi.js");
/** So long is everything waited for, ms. */
const WAIT_MS = 20_000;

const sim = JSON.parse(process.argv[2]);
const { hostname, port } = new URL(sim.irc_ws);
const [first, second] = sim.channels;
const room = `#${first.login}`;

const reader = client({ channels: [first.login, second.login] });
/** Ids of the lines that the reader heard. */
const lines = new Set();
reader.on("message", (_, tags) => lines.add(tags.id));

await check("reads chat anonymously, with its tags", async () => {
  const joined = sim.channels.slice(0, 2).map(({ login, id }) =>
    heard(reader, "roomstate", (at, tags) => at === `#${login}` && tags["room-id"] === id),
  );
  const line = heard(reader, "chat", (_, tags) => tags.emotes !== null);
  await reader.connect();
  await Promise.all(joined);
  const [at, tags, text] = await line;
  const { id } = sim.channels.find(({ login }) => `#${login}` === at);
  assert.equal(tags["room-id"], id);
  assert.equal(tags["display-name"].toLowerCase(), tags.username);
  assert.match(tags.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.match(tags["user-id"], /^\d+$/);
  assert.match(tags["tmi-sent-ts"], /^\d{13}$/);
  const [start, end] = Object.values(tags.emotes)[0][0].split("-").map(Number);
  assert.match([...text].slice(start, end + 1).join(""), /^\S+$/, "an emote is one word");
});

await check("hears word for word what a moderator says", async () => {
  const text = "caffè 🎉 Kappa a;b:c \\o/ Kappa";
  const said = heard(reader, "chat", (_, __, words) => words === text);
  await control("say", { channel: first.login, user: "mo_the_mod", text, role: "moderator" });
  const [at, tags] = await said;
  assert.equal(at, room);
  assert.equal(tags.username, "mo_the_mod");
  assert.equal(tags.mod, true);
  assert.deepEqual({ ...tags.badges }, { moderator: "1" });
  assert.deepEqual({ ...tags.emotes }, { 25: ["8-12", "24-28"] });
});

await check("hears bits, subscriptions, time-outs and deletions", async () => {
  const isOurs = (...given) => lines.has(given[3]["target-msg-id"]);
  const [cheer, resub, timeout, deletion] = await Promise.all([
    heard(reader, "cheer"),
    heard(reader, "resub"),
    heard(reader, "timeout"),
    heard(reader, "messagedeleted", isOurs),
  ]);
  assert.match(cheer[1].bits, /^[1-9]\d*$/);
  assert.equal(resub[5].plan, "1000");
  assert.match(resub[4]["system-msg"], /subscribed at Tier 1/);
  assert.ok(timeout[3] > 0 && /^\d+$/.test(timeout[4]["target-user-id"]));
  assert.match(deletion[1], /^\w+$/);
});

await check("is refused with a wrong token", async () => {
  const stranger = client({ identity: { username: sim.user_login, password: "oauth:wrong" } });
  await assert.rejects(stranger.connect(), (why) => why === "Login authentication failed");
});

const writer = client({
  channels: [first.login],
  identity: { username: sim.user_login, password: `oauth:${sim.access_token}` },
});

await check("logs in and writes, and everybody hears it", async () => {
  const known = heard(writer, "globaluserstate");
  const joined = heard(writer, "join", (at, login, self) => at === room && self);
  await writer.connect();
  assert.equal((await known)[0]["user-id"], sim.user_id);
  assert.equal((await joined)[1], sim.user_login);
  const plain = heard(reader, "chat", (_, __, text) => text === "hello from tmi.js");
  const action = heard(reader, "action", (_, __, text) => text === "waves");
  await writer.say(room, "hello from tmi.js");
  await writer.action(room, "waves");
  for (const [at, tags] of await Promise.all([plain, action])) {
    assert.equal(at, room);
    assert.equal(tags.username, sim.user_login);
    assert.equal(tags["user-id"], sim.user_id);
  }
  const sent = (await control("sent")).filter(({ user }) => user === sim.user_login);
  assert.deepEqual(
    sent.map(({ channel, text, by }) => [channel, text, by]),
    [[first.login, "hello from tmi.js", "irc"], [first.login, "waves", "irc"]],
  );
});

await check("gets an answer to its PING", async () => {
  const pong = heard(writer, "pong");
  // Its own promise gives up after 600 ms, which a busy machine may need.
  writer.ping().catch(() => {});
  await pong;
});

await check("comes back after RECONNECT", async () => {
  const back = heard(reader, "connected");
  const joined = heard(reader, "roomstate", (at) => at === room);
  await control("fault", { fault: "irc_reconnect" });
  await Promise.all([back, joined]);
  await heard(reader, "chat", (at) => at === room);
});

process.exit(0);

/** A client that tells everything to the caller and nothing to the log. */
function client(options) {
  return new tmi.Client({
    connection: { server: hostname, port: Number(port), reconnect: false },
    // Emote sets would be asked of the real Twitch.
    options: { joinInterval: 300, skipUpdatingEmotesets: true },
    logger: { setLevel() {}, info() {}, warn: tell, error() {} },
    ...options,
  });
}

/** tmi.js warns about what it can't read. */
function tell(words) {
  console.error(`tmi.js: ${words}`);
  process.exit(1);
}

/** The arguments of the next event that fits. */
async function heard(client, event, fits = () => true) {
  for await (const given of on(client, event, { signal: AbortSignal.timeout(WAIT_MS) })) {
    if (fits(...given)) return given;
  }
}

/** The simulator's control API: GET without a body, POST with one. */
async function control(name, body) {
  const method = body ? "POST" : "GET";
  const asked = { method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(WAIT_MS) };
  const answer = await fetch(`${sim.control}/${name}`, asked);
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** Runs a check and tells how it went; the first that fails ends everything. */
async function check(name, run) {
  try {
    await run();
    console.log(`ok    tmi.js ${name}`);
  } catch (error) {
    console.log(`FAIL  tmi.js ${name}`);
    console.error(error);
    process.exit(1);
  }
}
