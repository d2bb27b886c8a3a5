// A customer of some weeks, with endpoints that answer and endpoints that do not, and every page there is to see of it.
"use strict";

const { execFileSync } = require("node:child_process");
const path = require("node:path");
const { listening } = require("../node/listening.js");
const { eventually } = require("./house.js");

const BINARY = process.env.WIREPOST_BIN ?? path.resolve(__dirname, "../../target/debug/wirepost");
const EVENTS = ["asset.created", "asset.renditions.created", "asset.metadata.updated", "collection.shared", "asset.deleted"];
const MESSAGES = 60;
// What people write, or would.
const TEXTS = {
  app: "Northlight Studios", search: "Search index", archive: "Long-term archive", shop: "Web shop, Oslo",
  asset: "Harbour at dawn", answer: "The archive is being moved.\nTry again after 18:00.", header: "north",
  pulse: "Approve for the shop", pulseSays: "Tells the shop that pictures may be sold",
};

// A customer's server: the paths say how it answers. It ends with the test.
function receiver(test, texts) {
  const answers = { index: [200, "indexed"], archive: [503, texts.answer] };
  return listening(test, async (request, response) => {
    await request.toArray();
    const [status, body] = answers[request.url.split("/").at(-1)] ?? [204, ""];
    response.writeHead(status, { "content-type": "text/html", "x-said": texts.header }).end(body);
  });
}

// `{app, search, archive, pulse, message}` of a fresh app in whose texts these stand.
async function customer(house, test, texts = TEXTS) {
  execFileSync(BINARY, ["catalog", "load", "dam", "--url", house.url, "--token", house.setting.token]);
  const app = await house.app(texts.app);
  const at = `${await receiver(test, texts)}/hooks`;
  const own = `/app/${app.id}`;
  const search = await house.endpoint(app, `${at}/search/index`, { description: texts.search, throttleRate: 50 });
  await house.ask("PATCH", `${own}/endpoint/${search.id}/headers`, { headers: { "x-tenant": texts.header } });
  const archive = await house.endpoint(app, `${at}/archive`, { description: texts.archive, eventTypes: ["asset.created", "asset.deleted"] });
  const shop = await house.endpoint(app, `${at}/shop`, { description: texts.shop, eventTypes: ["asset.metadata.updated", "collection.shared"] });
  await house.ask("PATCH", `${own}/endpoint/${shop.id}`, { disabled: true });
  let message;
  for (let number = 1; number <= MESSAGES; number += 1) {
    const payload = { id: `a${4700 + number}`, name: `${texts.asset} ${number}`, updatedBy: { id: "u17", name: "Ada Nilsen" } };
    const sent = await house.message(app, EVENTS[number % EVENTS.length], payload, { eventId: `northlight-${number}` });
    message = number % EVENTS.length === 0 ? sent : message;
  }
  const fields = { type: "object", properties: { shop: { type: "string" } }, required: ["shop"] };
  const pulse = await house.ask("POST", `${own}/pulse`, { name: texts.pulse, eventType: "asset.metadata.updated", description: texts.pulseSays, fields });
  await house.ask("POST", `${own}/pulse/${pulse.id}/raise`, { objects: [{ id: "4711", type: "asset" }], fields: { shop: texts.shop }, user: { id: "u1", firstName: texts.search } });
  await eventually("messages to arrive and to be given up", async () => {
    const [found, lost] = await Promise.all([search, archive].map(({ id }) => house.ask("GET", `${own}/endpoint/${id}/stats`)));
    return found.success > MESSAGES && lost.fail > 0;
  });
  return { app, search, archive, pulse, message };
}

// Every page that the operator sees: a name for it, and where it is.
function pages({ app, search, archive, message, pulse }) {
  const own = `/app/${app.id}`;
  const endpoint = `${own}/endpoints/${search.id}`;
  return {
    "endpoints": `${own}/endpoints`,
    "endpoint-new": `${own}/endpoints/new`,
    "endpoint-overview": endpoint,
    "endpoint-failing": `${own}/endpoints/${archive.id}`,
    "endpoint-advanced": `${endpoint}/advanced`,
    "endpoint-testing": `${endpoint}/testing`,
    "endpoint-rate-limit": `${endpoint}/testing/rate`,
    "check-connection": `${own}/endpoints/connection`,
    "endpoint-recover": `${own}/endpoints/${archive.id}/recover`,
    "endpoint-replay": `${endpoint}/replay`,
    "catalog": `${own}/catalog`,
    "catalog-type": `${own}/catalog/asset.created`,
    "logs": `${own}/logs`,
    "message": `${own}/logs/${message.id}`,
    "activity": `${own}/activity`,
    "pulses": `${own}/pulses`,
    "pulse": `${own}/pulses/${pulse.id}`,
    "pulse-new": `${own}/pulses/new`,
    "pulse-edit": `${own}/pulses/${pulse.id}/edit`,
    "operator-apps": "/apps",
    "operator-app": `/apps/${app.id}`,
    "operator-app-new": "/apps/new",
    "operator-app-delete": `/apps/${app.id}/delete`,
    "operator-catalog": "/catalog",
    "operator-catalog-edit": "/catalog/asset.created/edit",
    "operator-catalog-import": "/catalog/-import",
    "operator-tokens": "/tokens",
    "operator-token-new": "/tokens/new",
    "operator-server": "/server",
  };
}

module.exports = { TEXTS, customer, pages };
