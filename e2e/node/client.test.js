// The published JavaScript client against our server: create, get, list, change, delete, send and look back.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { AppPortalCapability, BackgroundTaskStatus, MessageStatus, Webhook, messageInRaw } = require("svix");
const { Receiver } = require("./receiver.js");
const { Setting, eventually, fresh, refused } = require("./setting.js");

const URL = "https://hooks.example/in";
const KEY = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

async function apps({ svix }) {
  const uid = fresh("app");
  const made = await svix.application.create({ name: "First", uid, throttleRate: 50, metadata: { tier: "gold" } });
  assert.deepEqual([made.uid, made.throttleRate, made.metadata], [uid, 50, { tier: "gold" }]);
  assert.ok(made.createdAt.getTime() > 0);
  await refused(409, () => svix.application.create({ name: "Again", uid }));
  assert.equal((await svix.application.getOrCreate({ name: "Again", uid })).id, made.id);
  assert.equal((await svix.application.get(uid)).id, made.id);
  const patched = await svix.application.patch(uid, { name: "Renamed", throttleRate: null });
  assert.deepEqual([patched.name, patched.throttleRate ?? null], ["Renamed", null]);
  assert.equal((await svix.application.update(uid, { name: "Put", uid })).name, "Put");
  const page = await svix.application.list({ limit: 1 });
  assert.deepEqual([page.data.length, page.iterator], [1, page.data[0].id]);
  await svix.application.delete(uid);
  await refused(404, () => svix.application.get(uid));
}

async function endpoints({ svix, app, eventType }) {
  const wanted = { url: URL, uid: "inbox", filterTypes: [eventType], channels: ["north"], throttleRate: 9 };
  const made = await svix.endpoint.create(app, wanted);
  assert.deepEqual([made.filterTypes, made.channels, made.throttleRate], [[eventType], ["north"], 9]);
  await refused(422, () => svix.endpoint.create(app, { url: URL, filterTypes: ["nobody.knows"] }));
  await refused(422, () => svix.endpoint.create(app, { url: "http://10.0.0.1/" }));
  assert.equal((await svix.endpoint.get(app, "inbox")).id, made.id);
  const patched = await svix.endpoint.patch(app, made.id, { disabled: true, filterTypes: null, throttleRate: null });
  assert.deepEqual([patched.disabled, patched.filterTypes ?? null, patched.throttleRate ?? null], [true, null, null]);
  const second = await svix.endpoint.update(app, "second", { url: URL, description: "Second" });
  assert.deepEqual([second.uid, second.description], ["second", "Second"]);
  const listed = await svix.endpoint.list(app);
  assert.deepEqual(listed.data.map((one) => one.id).sort(), [made.id, second.id].sort());
  await svix.endpoint.delete(app, "second");
  await refused(404, () => svix.endpoint.get(app, "second"));
}

async function headersAndSecret({ svix, app }) {
  const { id } = await svix.endpoint.create(app, { url: URL });
  await svix.endpoint.updateHeaders(app, id, { headers: { "x-one": "1", authorization: "s" } });
  await svix.endpoint.patchHeaders(app, id, { headers: { "x-two": "2" }, deleteHeaders: ["x-one"] });
  const shown = await svix.endpoint.getHeaders(app, id);
  assert.deepEqual([shown.headers, shown.sensitive], [{ "x-two": "2" }, ["authorization"]]);
  assert.match((await svix.endpoint.getSecret(app, id)).key, /^whsec_/);
  await svix.endpoint.rotateSecret(app, id, { key: KEY });
  assert.equal((await svix.endpoint.getSecret(app, id)).key, KEY);
}

async function eventTypes({ svix, eventType }) {
  await refused(409, () => svix.eventType.create({ name: eventType, description: "Again" }));
  assert.equal((await svix.eventType.get(eventType)).schemas[1].type, "object");
  assert.equal((await svix.eventType.patch(eventType, { description: "Patched" })).description, "Patched");
  assert.equal((await svix.eventType.update(eventType, { description: "Put" })).description, "Put");
  await svix.eventType.delete(eventType);
  const isListed = async (includeArchived) => {
    const page = await svix.eventType.list({ limit: 250, includeArchived });
    return page.data.some((one) => one.name === eventType);
  };
  assert.deepEqual([await isListed(false), await isListed(true)], [false, true]);
}

async function imported({ svix }) {
  const name = fresh("asset");
  const schema = { type: "object", properties: { n: { type: "integer" } } };
  const requestBody = { required: true, content: { "application/json": { schema } } };
  const post = { summary: "of this test", requestBody, responses: { "2XX": { description: "taken" } } };
  const spec = { openapi: "3.1.0", info: { title: "Events", version: "1" }, webhooks: { [name]: { post } } };
  const tried = await svix.eventType.importOpenapi({ spec, dryRun: true });
  assert.deepEqual(tried.data.toModify.map((one) => one.name), [name]);
  await refused(404, () => svix.eventType.get(name));
  assert.deepEqual((await svix.eventType.importOpenapi({ specRaw: JSON.stringify(spec) })).data.modified, [name]);
  assert.deepEqual((await svix.eventType.get(name)).schemas[1].properties, schema.properties);
}

async function messages({ svix, app }) {
  const wanted = { eventType: "asset.created", payload: { n: 1 }, eventId: "event-1", channels: ["north"], tags: ["urgent"] };
  const sent = await svix.message.create(app, wanted, { withContent: true });
  assert.deepEqual([sent.payload, sent.eventId], [{ n: 1 }, "event-1"]);
  await refused(409, () => svix.message.create(app, wanted));
  assert.equal((await svix.message.get(app, "event-1")).id, sent.id);
  const filter = { tag: "urgent", channel: "north", eventTypes: ["asset.created", "asset.deleted"] };
  assert.deepEqual((await svix.message.list(app, filter)).data.map((one) => one.id), [sent.id]);
  assert.deepEqual((await svix.message.list(app, { ...filter, tag: "calm" })).data, []);
  await svix.message.expungeContent(app, sent.id);
  assert.deepEqual((await svix.message.get(app, sent.id, { withContent: true })).payload, { expired: true });
}

async function rawPayloads({ test, svix, app }) {
  const receiver = await Receiver.start(test);
  await svix.endpoint.create(app, { url: receiver.url });
  const text = '{ "n":1.50,\t"s":"\\u00e9" }';
  const sent = await svix.message.create(app, messageInRaw("asset.created", text, "application/json"));
  const { headers, body } = await receiver.next();
  assert.deepEqual([headers["webhook-id"], headers["content-type"], body], [sent.id, "application/json", text]);
  await refused(422, () => svix.message.create(app, messageInRaw("asset.created", "[1]")));
  await refused(422, () => svix.message.create(app, messageInRaw("asset.created", "<n/>", "text/xml")));
}

async function attempts({ test, svix, app }) {
  const receiver = await Receiver.start(test, 500, 500);
  const { id: endpoint } = await svix.endpoint.create(app, { url: receiver.url });
  const { id: sent } = await svix.message.create(app, { eventType: "asset.created", payload: { n: 1 } });
  const standing = async () => (await svix.messageAttempt.listAttemptedDestinations(app, sent)).data[0].status;
  await eventually("the failure", async () => (await standing()) === MessageStatus.Fail);
  await svix.messageAttempt.resend(app, sent, endpoint);
  await eventually("the success", async () => (await standing()) === MessageStatus.Success);
  const all = (await svix.messageAttempt.listByMsg(app, sent)).data;
  assert.deepEqual(all.map((one) => one.responseStatusCode), [204, 500, 500]);
  const failed = await svix.messageAttempt.listByMsg(app, sent, { status: MessageStatus.Fail, endpointId: endpoint });
  assert.equal(failed.data.length, 2);
  assert.equal((await svix.messageAttempt.listByEndpoint(app, endpoint, { withMsg: true })).data[0].msg.id, sent);
  assert.equal((await svix.messageAttempt.get(app, sent, all[0].id)).status, MessageStatus.Success);
  const delivered = await svix.messageAttempt.listAttemptedMessages(app, endpoint, { status: MessageStatus.Success });
  assert.deepEqual(delivered.data.map((one) => [one.id, one.payload]), [[sent, { n: 1 }]]);
  assert.equal((await svix.endpoint.getStats(app, endpoint)).success, 1);
  await svix.messageAttempt.expungeContent(app, sent, all[0].id);
  const verifier = new Webhook((await svix.endpoint.getSecret(app, endpoint)).key);
  for (const _ of all) {
    const { headers, body } = await receiver.next();
    assert.deepEqual([verifier.verify(body, headers), headers["webhook-id"]], [{ n: 1 }, sent]);
  }
}

async function recovery({ test, svix, app }) {
  const since = new Date(Date.now() - 3_600_000);
  const receiver = await Receiver.start(test, 500, 500);
  const { id: endpoint } = await svix.endpoint.create(app, { url: receiver.url });
  const { id: sent } = await svix.message.create(app, { eventType: "asset.created", payload: { n: 1 } });
  const standing = async () => (await svix.messageAttempt.listAttemptedDestinations(app, sent)).data[0].status;
  const ended = async ({ id, status }) => {
    assert.equal(status, BackgroundTaskStatus.Running);
    const task = () => svix.backgroundTask.get(id);
    await eventually("the end of the task", async () => (await task()).status === BackgroundTaskStatus.Finished);
    const { task: work, data } = await task();
    return [work, data.messagesSent];
  };
  await eventually("the failure", async () => (await standing()) === MessageStatus.Fail);
  assert.deepEqual(await ended(await svix.endpoint.recover(app, endpoint, { since })), ["endpoint.recover", 1]);
  await eventually("the success", async () => (await standing()) === MessageStatus.Success);
  assert.deepEqual(await ended(await svix.endpoint.replayMissing(app, endpoint, { since })), ["endpoint.replay", 0]);
  const filtered = { since, status: MessageStatus.Success, eventTypes: ["asset.created"] };
  const again = await ended(await svix.endpoint.bulkReplay(app, endpoint, filtered));
  assert.deepEqual(again, ["endpoint.bulk-replay", 1]);
  for (let number = 0; number < 4; number += 1) {
    assert.equal((await receiver.next()).headers["webhook-id"], sent);
  }
}

async function example({ test, svix, app, eventType }) {
  const receiver = await Receiver.start(test);
  const { id: endpoint } = await svix.endpoint.create(app, { url: receiver.url });
  const sent = await svix.endpoint.sendExample(app, endpoint, { eventType });
  const { headers, body } = await receiver.next();
  assert.deepEqual([headers["webhook-id"], body], [sent.id, '{"n":7}']);
}

async function portal({ setting, svix, app }) {
  const { id: endpoint } = await svix.endpoint.create(app, { url: URL });
  const wanted = { expiry: 3600, capabilities: [AppPortalCapability.ViewBase], featureFlags: ["beta"] };
  const access = await svix.authentication.appPortalAccess(app, wanted);
  assert.ok(access.url.includes("/app-portal/login?key=") && !access.url.includes(access.token));
  const customer = setting.client(access.token);
  assert.deepEqual((await customer.endpoint.list(app)).data.map((one) => one.id), [endpoint]);
  await refused(403, () => customer.endpoint.getSecret(app, endpoint));
  await refused(403, () => customer.application.list());
  await customer.authentication.logout();
  await refused(401, () => customer.endpoint.list(app));
}

async function backgroundTasks({ svix }) {
  const page = await svix.backgroundTask.list({ status: BackgroundTaskStatus.Running, limit: 10 });
  assert.ok(page.done && page.data.every((one) => one.status === BackgroundTaskStatus.Running));
  await refused(404, () => svix.backgroundTask.get("qtask_000000000000000000000000000"));
}

async function strangers({ setting }) {
  const stranger = setting.client("a-wrong-token");
  await refused(401, () => stranger.application.list());
  await stranger.health.get();
}

test("the published JavaScript client", async (whole) => {
  const setting = await Setting.start(whole);
  const part = (name, run) =>
    whole.test(name, async (test) => {
      const [app, eventType] = [await setting.app(), await setting.eventType()];
      await run({ test, setting, svix: setting.svix, app, eventType });
    });
  await part("apps", apps);
  await part("endpoints", endpoints);
  await part("headers and secret of an endpoint", headersAndSecret);
  await part("event types", eventTypes);
  await part("event types are imported", imported);
  await part("messages", messages);
  await part("raw payloads", rawPayloads);
  await part("attempts, a resend, and what arrives verifies", attempts);
  await part("an example is sent", example);
  await part("the portal is opened and left", portal);
  await part("what failed is recovered and the rest is sent again", recovery);
  await part("background tasks are listed", backgroundTasks);
  await part("a wrong token is refused and health asks for none", strangers);
});
