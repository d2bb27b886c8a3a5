// Takes a picture of every page, for a desktop and a phone, light and dark: `screenshots.js DIRECTORY`. The server is
// real, the customer's receivers are real, and so is what they refuse.
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { House, eventually } = require("./house.js");

const BINARY = process.env.WIREPOST_BIN ?? path.resolve(__dirname, "../../target/debug/wirepost");
const LOOKS = [{}, { dark: true }, { phone: true }, { phone: true, dark: true }];
const EVENTS = ["asset.created", "asset.renditions.created", "asset.metadata.updated", "collection.shared", "asset.deleted"];
const MESSAGES = 60;

/** What `House` wants of a test, for somebody who is none: what is to be done at the end. */
class Ends {
  #ends = [];

  after(end) {
    this.#ends.unshift(end);
  }

  async all() {
    for (const end of this.#ends) await end();
  }
}

// A customer's server: the paths say how it answers.
async function receiver(ends) {
  const server = http.createServer(async (request, response) => {
    await request.toArray();
    const [status, body] = answers[request.url.split("/").at(-1)] ?? [204, ""];
    response.writeHead(status, { "content-type": "text/plain" }).end(body);
  });
  const answers = { index: [200, "indexed"], archive: [503, "The archive is being moved.\nTry again after 18:00."] };
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  ends.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

// An app as a customer of some weeks has it.
async function customer(house, ends) {
  execFileSync(BINARY, ["catalog", "load", "dam", "--url", house.url, "--token", house.setting.token]);
  const app = await house.app("Northlight Studios");
  const at = await receiver(ends);
  const search = await house.endpoint(app, `${at}/hooks/search/index`, { description: "Search index", throttleRate: 50 });
  await house.endpoint(app, `${at}/hooks/archive`, { description: "Long-term archive", eventTypes: ["asset.created", "asset.deleted"] });
  const shop = await house.endpoint(app, `${at}/hooks/shop`, { description: "Web shop, Oslo", eventTypes: ["asset.metadata.updated", "collection.shared"] });
  await house.ask("PATCH", `/app/${app.id}/endpoint/${shop.id}`, { disabled: true });
  for (let number = 1; number <= MESSAGES; number += 1) {
    const payload = { id: `a${4700 + number}`, name: `Harbour at dawn ${number}`, updatedBy: { id: "u17", name: "Ada Nilsen" } };
    await house.message(app, EVENTS[number % EVENTS.length], payload, { eventId: `northlight-${number}` });
  }
  await house.ask("POST", `/app/${app.id}/pulse`, {
    name: "Approve for the shop", eventType: "asset.metadata.updated", description: "Tells the shop that pictures may be sold",
    fields: { type: "object", properties: { shop: { type: "string" } }, required: ["shop"] },
  });
  await eventually("all to be sent", async () => {
    const stats = await house.ask("GET", `/app/${app.id}/endpoint/${search.id}/stats`);
    return stats.success >= MESSAGES;
  });
  return { app, search };
}

// Every page: what its picture is called, and where it is.
async function pages(house, { app, search }) {
  const { data } = await house.ask("GET", `/app/${app.id}/msg?event_types=asset.created&limit=1`);
  const own = `/app/${app.id}`;
  const endpoint = `${own}/endpoints/${search.id}`;
  const archive = (await house.ask("GET", `/app/${app.id}/endpoint`)).data.find(({ url }) => url.endsWith("/archive"));
  return {
    "endpoints": `${own}/endpoints`,
    "endpoint-new": `${own}/endpoints/new`,
    "endpoint-overview": endpoint,
    "endpoint-failing": `${own}/endpoints/${archive.id}`,
    "endpoint-advanced": `${endpoint}/advanced`,
    "endpoint-testing": `${endpoint}/testing`,
    "endpoint-recover": `${own}/endpoints/${archive.id}/recover`,
    "endpoint-replay": `${endpoint}/replay`,
    "catalog": `${own}/catalog`,
    "catalog-type": `${own}/catalog/asset.created`,
    "logs": `${own}/logs`,
    "message": `${own}/logs/${data[0].id}`,
    "activity": `${own}/activity`,
    "pulses": `${own}/pulses`,
    "operator-apps": "/apps",
    "operator-catalog": "/catalog",
    "operator-tokens": "/tokens",
    "operator-server": "/server",
  };
}

async function take(directory) {
  const ends = new Ends();
  try {
    const house = await House.start(ends);
    const shown = await pages(house, await customer(house, ends));
    for (const look of LOOKS) {
      const kind = `${look.phone ? "phone" : "desktop"}-${look.dark ? "dark" : "light"}`;
      fs.mkdirSync(path.join(directory, kind), { recursive: true });
      const stranger = await house.stranger(look);
      await stranger.goto("/login");
      await stranger.screenshot({ path: path.join(directory, kind, "login.png") });
      const page = await house.operator(look);
      for (const [name, address] of Object.entries(shown)) {
        await page.goto(address);
        await page.screenshot({ path: path.join(directory, kind, `${name}.png`), fullPage: true });
      }
    }
  } finally {
    await ends.all();
  }
}

take(process.argv[2] ?? "screenshots").catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
