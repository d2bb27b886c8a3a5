// The real server as a child process, and the published client that calls it, unchanged but for its server URL.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const readline = require("node:readline");
const { setInterval: ticks } = require("node:timers/promises");
const { ApiException, Svix } = require("svix");
const { LONGEST_WAIT_MS } = require("./receiver.js");
const { witness } = require("./witness.js");

const TOKEN = "organisation-token-of-the-tests";
const READY = "is ready: ";
const LOOK_EVERY_MS = 50;
const BINARY = process.env.WIREPOST_BIN ?? path.resolve(__dirname, "../../target/debug/wirepost");

// A server that lets this machine be sent to and retries once, at once, with these variables besides: its URL and its
// directory. It ends with its test.
async function startServer(test, more = {}) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "wirepost-"));
  const errors = path.join(directory, "standard-error.log");
  const variables = {
    WIREPOST_LISTEN: "127.0.0.1:0",
    WIREPOST_STORE: "sqlite:wirepost.db",
    WIREPOST_ADMIN_TOKEN: TOKEN,
    WIREPOST_ALLOW_HTTP: "true",
    WIREPOST_ALLOW_SUBNETS: "127.0.0.0/8",
    WIREPOST_RETRY_SCHEDULE: "0s",
    ...more,
  };
  const stdio = ["ignore", "pipe", fs.openSync(errors, "w")];
  // A server that says nothing is ended, and with it the reading of its lines.
  const start = new AbortController();
  const overdue = AbortSignal.timeout(LONGEST_WAIT_MS);
  overdue.onabort = () => start.abort();
  const child = spawn(BINARY, ["serve"], { cwd: directory, env: variables, stdio, signal: start.signal, killSignal: "SIGKILL" });
  const ended = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
  test.after(async () => {
    child.kill("SIGKILL");
    await ended;
    fs.rmSync(directory, { recursive: true });
  });
  for await (const line of readline.createInterface({ input: child.stdout })) {
    if (line.includes(READY)) {
      overdue.onabort = null;
      return { url: line.split(READY)[1].split(" ")[0], directory };
    }
  }
  throw new Error(`the server did not start: ${fs.readFileSync(errors, "utf8")}`);
}

class Setting {
  #url;

  static async start(test) {
    const setting = new Setting();
    setting.#url = await witness(test, (await startServer(test)).url);
    setting.svix = setting.client(TOKEN);
    return setting;
  }

  client(token) {
    return new Svix(token, { serverUrl: this.#url });
  }

  // The id of a fresh app.
  async app() {
    return (await this.svix.application.create({ name: "A customer", uid: fresh("customer") })).id;
  }

  // The name of a fresh event type.
  async eventType() {
    const name = fresh("asset");
    const schemas = { 1: { type: "object", examples: [{ n: 7 }] } };
    await this.svix.eventType.create({ name, description: "of this test", schemas });
    return name;
  }
}

// The same for what no published client asks: plain requests.
class PlainSetting {
  token = TOKEN;

  static async start(test, variables) {
    return Object.assign(new PlainSetting(), await startServer(test, variables));
  }

  // The JSON of an answer to `method` at this path below /api/v1, which has to be one of success.
  async ask(method, path, body, type = "application/json") {
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": type };
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(`${this.url}/api/v1${path}`, { method, headers, body: text });
    const said = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${said}`);
    return said ? JSON.parse(said) : undefined;
  }
}

// A name that nobody has had.
function fresh(start) {
  return `${start}.${crypto.randomUUID()}`;
}

// The call is refused with this status, in a body that the client could read.
async function refused(status, call) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof ApiException, error);
    assert.equal(error.code, status);
    assert.equal(typeof error.body, "object");
    return true;
  });
}

// Looks again and again until what it sees is true.
async function eventually(what, look) {
  const end = Date.now() + LONGEST_WAIT_MS;
  for await (const _ of ticks(LOOK_EVERY_MS)) {
    const seen = await look();
    if (seen) {
      return seen;
    }
    assert.ok(Date.now() < end, `waited in vain for ${what}`);
  }
}

module.exports = { Setting, PlainSetting, eventually, fresh, refused };
