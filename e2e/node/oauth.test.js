// Deliveries that carry tokens of an independent OAuth 2.0 server: fetched once, renewed in time, replaced if refused.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const { Receiver } = require("./receiver.js");
const { PlainSetting, eventually } = require("./setting.js");
const { TokenServer, CLIENT_ID, CLIENT_SECRET } = require("./token_server.js");

const WRONG_SECRET = "not the secret / of the tests, nor of others";

function oauth(tokens, authMethod, more = {}) {
  const clientSecret = CLIENT_SECRET;
  const wanted = { grantType: "clientCredentials", authMethod, clientId: CLIENT_ID, clientSecret, tokenUrl: tokens.url };
  return { ...wanted, ...more };
}

// A fresh app with an endpoint whose requests carry tokens.
async function wired(setting, receiver, configuration) {
  const app = (await setting.ask("POST", "/app", { name: "A customer" })).id;
  const endpoint = (await setting.ask("POST", `/app/${app}/endpoint`, { url: receiver.url })).id;
  await setting.ask("PUT", `/app/${app}/endpoint/${endpoint}/oauth`, configuration);
  const send = (number) => setting.ask("POST", `/app/${app}/msg`, { eventType: "asset.created", payload: { number } });
  return { app, endpoint, send, trial: `/app/${app}/endpoint/${endpoint}/oauth/test` };
}

async function oneTokenForAThousand(t, setting, authMethod, proof) {
  const tokens = await TokenServer.start(t);
  const receiver = await Receiver.start(t);
  const { app } = await wired(setting, receiver, oauth(tokens, authMethod, { scopes: ["webhooks", "assets"] }));
  const line = (number) => `{"eventType":"asset.created","payload":{"number":${number}}}\n`;
  const lines = Array.from({ length: 1000 }, (_, number) => line(number)).join("");
  await setting.ask("POST", `/app/${app}/msg/batch`, lines, "application/x-ndjson");
  const carried = new Set();
  for (let count = 0; count < 1000; count += 1) {
    carried.add((await receiver.next()).headers.authorization);
  }
  assert.deepEqual([carried.size, tokens.granted, tokens.refused, tokens.proofs], [1, 1, [], [proof]]);
  const token = await tokens.known([...carried][0]);
  assert.deepEqual([token.clientId, token.scope], [CLIENT_ID, "webhooks assets"]);
}

// The token server closes a connection that was idle for five seconds: at the renewal the first one is long gone.
async function renewedBeforeItExpires(t, setting) {
  const lifetime = 12;
  const tokens = await TokenServer.start(t, lifetime);
  const receiver = await Receiver.start(t);
  const { send } = await wired(setting, receiver, oauth(tokens, "clientSecretBasic"));
  await send(0);
  const first = (await receiver.next()).headers.authorization;
  const age = () => (performance.now() - tokens.grantedAt[0]) / 1000;
  const second = await eventually("another token", async () => {
    await send(1);
    const carried = (await receiver.next()).headers.authorization;
    assert.ok(carried !== first || age() < lifetime, `a request carries a token that is ${age()} s old`);
    return carried === first ? undefined : carried;
  });
  assert.ok(await tokens.known(second));
  const renewedAfter = (tokens.grantedAt[1] - tokens.grantedAt[0]) / 1000;
  assert.ok(renewedAfter > lifetime / 2 && renewedAfter < lifetime, `it was renewed after ${renewedAfter} s`);
  assert.equal(tokens.granted, 2);
}

async function replacedWhenRefused(t, setting) {
  const tokens = await TokenServer.start(t);
  const receiver = await Receiver.start(t, 204, 401);
  const { app, endpoint, send } = await wired(setting, receiver, oauth(tokens, "clientSecretPost"));
  await send(0);
  const first = (await receiver.next()).headers.authorization;
  await tokens.revoke(first);
  const { id } = await send(1);
  const [refused, repeated] = [await receiver.next(), await receiver.next()];
  assert.equal(refused.headers.authorization, first);
  assert.notEqual(repeated.headers.authorization, first);
  assert.ok(await tokens.known(repeated.headers.authorization));
  assert.deepEqual([repeated.body, repeated.headers["webhook-id"]], [refused.body, id]);
  const attempts = await eventually("an attempt", async () => {
    const { data } = await setting.ask("GET", `/app/${app}/attempt/msg/${id}`);
    return data.length > 0 ? data : undefined;
  });
  assert.deepEqual([attempts.length, attempts[0].responseStatusCode, tokens.granted], [1, 204, 2]);
  assert.equal(attempts[0].endpointId, endpoint);
}

async function aWrongSecretIsTheCause(t, setting) {
  const tokens = await TokenServer.start(t);
  const receiver = await Receiver.start(t);
  const wrong = oauth(tokens, "clientSecretBasic", { clientSecret: WRONG_SECRET });
  const { app, endpoint, send, trial } = await wired(setting, receiver, wrong);
  const { id } = await send(0);
  const attempts = await eventually("a failed attempt", async () => {
    const { data } = await setting.ask("GET", `/app/${app}/attempt/msg/${id}`);
    return data.length > 0 ? data : undefined;
  });
  assert.equal(attempts[0].responseStatusCode, 0);
  assert.match(attempts[0].failure, /^oauth: the token server answered 401: invalid_client/);
  const tried = await setting.ask("POST", trial);
  assert.deepEqual([tried.ok, tried.status, tried.error, tried.tokenType], [false, 401, "invalid_client", null]);
  const right = await setting.ask("POST", trial, oauth(tokens, "clientSecretBasic"));
  assert.deepEqual([right.ok, right.tokenType, right.expiresInSeconds], [true, "Bearer", 3600]);
  const explained = await setting.ask("GET", `/app/${app}/msg/${id}/explain`);
  assert.equal(explained.data[0].lastAttempt.failure.code, "oauth");
  assert.deepEqual([tokens.granted, receiver.isEmpty()], [1, true]);
  const shown = await setting.ask("GET", `/app/${app}/endpoint/${endpoint}/oauth`);
  const answers = JSON.stringify([attempts, tried, right, explained, shown]);
  assert.ok(tokens.refused.every((error) => error === "invalid_client"));
  nowhere(setting, answers);
}

// No secret stands in these answers, in what the server logged, or in the clear in its database.
function nowhere(setting, answers) {
  const files = fs.readdirSync(setting.directory).map((name) => path.join(setting.directory, name));
  const written = files.filter((file) => fs.statSync(file).isFile()).map((file) => [file, fs.readFileSync(file)]);
  assert.ok(written.some(([file]) => file.endsWith("wirepost.db")) && written.length > 1);
  for (const secret of [CLIENT_SECRET, WRONG_SECRET]) {
    const encoded = new URLSearchParams({ secret }).toString().slice("secret=".length);
    const proof = Buffer.from(`${encodeURIComponent(CLIENT_ID)}:${encoded}`).toString("base64");
    for (const form of [secret, encoded, proof]) {
      assert.ok(!answers.includes(form));
      for (const [file, bytes] of written) {
        assert.ok(!bytes.includes(form), `${file} holds a secret`);
      }
    }
  }
}

test("tokens of an independent server", { concurrency: true }, async (t) => {
  const setting = await PlainSetting.start(t);
  const tests = [
    t.test("one serves a thousand deliveries, asked for with the secret in a header", (t) =>
      oneTokenForAThousand(t, setting, "clientSecretBasic", "header")),
    t.test("one serves a thousand deliveries, asked for with the secret in the body", (t) =>
      oneTokenForAThousand(t, setting, "clientSecretPost", "body")),
    t.test("one is renewed before it expires", (t) => renewedBeforeItExpires(t, setting)),
    t.test("one that a receiver refuses is replaced", (t) => replacedWhenRefused(t, setting)),
    t.test("a wrong secret is the cause of the attempt, and stands nowhere", (t) => aWrongSecretIsTheCause(t, setting)),
  ];
  await Promise.all(tests);
});
