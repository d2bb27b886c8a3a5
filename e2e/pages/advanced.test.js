// An endpoint is set up from its pages: its connection is checked before it is there, its requests get a limit,
// headers and credentials, and an example shows what arrives.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { listening } = require("../node/listening.js");
const { CLIENT_ID, CLIENT_SECRET, TokenServer } = require("../node/token_server.js");
const { House, accessible, eventually, fits } = require("./house.js");

// A receiver that keeps what came and takes POST alone.
class Taker {
  requests = [];

  static async start(test) {
    const taker = new Taker();
    taker.url = await listening(test, (request, response) => {
      const body = [];
      request.on("data", (part) => body.push(part)).on("end", () => {
        taker.requests.push({ method: request.method, headers: request.headers, body: Buffer.concat(body).toString() });
        response.writeHead(request.method === "POST" ? 200 : 405).end(request.method === "POST" ? "taken" : "");
      });
    });
    return taker;
  }

  get posted() {
    return this.requests.filter(({ method }) => method === "POST");
  }
}

// What came of a check stands beside the field, and is read out besides.
function answer(page, sentence) {
  return page.locator("#connection").getByText(sentence).waitFor();
}

async function checked(house, app, taker) {
  const page = await house.person(app);
  await page.getByRole("link", { name: "Add Endpoint" }).first().click();
  const url = page.getByLabel("Endpoint URL");
  await url.fill("ftp://example.com/");
  await page.getByText("The URL must begin with https:// or http://, not with ftp:.").waitFor();
  await url.fill("http://10.0.0.1/");
  await page.getByText("The URL must lead to the public Internet: 10.0.0.1 is a private address.").waitFor();
  await page.getByLabel("Description").fill("Kept while it is checked");
  const button = page.getByRole("button", { name: "Check connection" });
  await url.fill("http://127.0.0.1:1/");
  await button.click();
  await answer(page, "127.0.0.1:1 refused the connection.");
  await url.fill(taker.url);
  await button.click();
  await answer(page, "A server answered with 405.");
  await accessible(page);
  assert.deepEqual(taker.requests.map(({ method, body }) => [method, body]), [["HEAD", ""]]);
  assert.equal(await page.getByLabel("Description").inputValue(), "Kept while it is checked");
  // Enter is the form's own button, not the one beside the field.
  await url.press("Enter");
  await page.waitForURL(/endpoints\/ep_[^/]*$|done=created/);
}

async function openTab(house, app, endpoint, tab, look) {
  const page = await house.person(app, look);
  await page.goto(`/app/${app.id}/endpoints/${endpoint.id}`);
  await page.getByRole("link", { name: tab, exact: true }).click();
  await page.getByRole("heading", { level: 2 }).first().waitFor();
  return page;
}

async function sendExample(page) {
  await page.getByRole("link", { name: "Testing", exact: true }).click();
  await page.getByRole("button", { name: "Send Example" }).click();
  await page.getByText("Delivered at the first attempt.").waitFor();
}

async function limitsAndHeaders(house, app, taker, look) {
  const endpoint = await house.endpoint(app, taker.url);
  const page = await openTab(house, app, endpoint, "Advanced", look);
  await page.getByLabel("Messages per second").fill("none");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The rate limit must be a whole number.").waitFor();
  await page.getByLabel("Messages per second").fill("50");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  for (const [key, value] of [["X-Tenant", "seven"], ["X-Api-Key", "s3cret"], ["X-Gone", "soon"]]) {
    await page.getByLabel("Key", { exact: true }).fill(key);
    await page.getByLabel("Value", { exact: true }).first().fill(value);
    await page.getByRole("button", { name: "Add Header" }).click();
    await page.getByRole("rowheader", { name: key.toLowerCase() }).waitFor();
  }
  await page.getByRole("button", { name: "Remove x-gone" }).click();
  await page.getByText("The header is removed.").waitFor();
  await accessible(page);
  await fits(page);
  assert.ok(!(await page.content()).includes("s3cret"), "a credential is shown by its name alone");
  await sendExample(page);
  await accessible(page);
  await fits(page);
  const { headers, body } = taker.posted.at(-1);
  assert.deepEqual([headers["x-tenant"], headers["x-api-key"], headers["x-gone"]], ["seven", "s3cret", undefined]);
  assert.deepEqual(JSON.parse(body), { n: 7 });
  const { throttleRate } = await house.ask("GET", `/app/${app.id}/endpoint/${endpoint.id}`);
  assert.equal(throttleRate, 50);
}

// What stands at the endpoint can be asked again at any time.
async function checkedAgain(house, app, taker) {
  const page = await openTab(house, app, await house.endpoint(app, taker.url), "Testing");
  const before = taker.posted.length;
  await page.getByRole("button", { name: "Check connection" }).click();
  await answer(page, "A server answered with 405.");
  await accessible(page);
  assert.equal(taker.posted.length, before, "no event is sent");
}

async function chooseKind(page, kind) {
  await page.getByRole("link", { name: "Advanced", exact: true }).click();
  await page.getByRole("navigation", { name: "Kinds of authentication" }).getByRole("link", { name: kind }).click();
}

async function save(page) {
  await page.getByRole("button", { name: "Save authentication" }).click();
  await page.getByText("The authentication is saved.").waitFor();
}

async function authenticates(house, app, taker, test) {
  const tokens = await TokenServer.start(test);
  const endpoint = await house.endpoint(app, taker.url);
  const page = await openTab(house, app, endpoint, "Advanced");
  await chooseKind(page, "Basic");
  await page.getByLabel("User name").fill("Aladdin");
  await page.getByLabel("Password").fill("open sesame");
  await save(page);
  await sendExample(page);
  assert.equal(taker.posted.at(-1).headers.authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");

  await chooseKind(page, "Header");
  await page.getByText("The user name and the password that are set go away.").waitFor();
  await page.getByLabel("Header", { exact: true }).fill("authorization");
  await page.locator("#credential-value").fill("Bearer by-hand");
  await save(page);
  await sendExample(page);
  assert.equal(taker.posted.at(-1).headers.authorization, "Bearer by-hand");

  await chooseKind(page, "OAuth 2.0");
  await page.getByText("The header authorization goes away, with its value.").waitFor();
  await page.getByLabel("Token URL").fill(tokens.url);
  await page.getByLabel("Client id").fill(CLIENT_ID);
  await page.getByLabel("Client secret").fill("a wrong one");
  await page.getByRole("button", { name: "Test" }).click();
  await page.locator("#oauth-trial").getByText("invalid_client").waitFor();
  await accessible(page);
  await page.getByLabel("Client secret").fill(CLIENT_SECRET);
  await page.getByRole("button", { name: "Test" }).click();
  await page.locator("#oauth-trial").getByText("The token server gave a Bearer token that lives for 3600 s.").waitFor();
  await save(page);
  await sendExample(page);
  assert.ok(await tokens.known(taker.posted.at(-1).headers.authorization), "the token of the token server is sent");
  assert.ok(!(await page.content()).includes(CLIENT_SECRET));

  await chooseKind(page, "None");
  await page.getByRole("button", { name: "Remove authentication" }).click();
  await page.getByText("Requests prove who sends them by their signature.").waitFor();
  await sendExample(page);
  assert.equal(taker.posted.at(-1).headers.authorization, undefined);
}

async function withoutScript(house, app, taker) {
  const endpoint = await house.endpoint(app, taker.url);
  const page = await openTab(house, app, endpoint, "Advanced", { javaScript: false });
  await page.getByLabel("Key", { exact: true }).fill("X-Tenant");
  await page.getByLabel("Value", { exact: true }).first().fill("eight");
  await page.getByRole("button", { name: "Add Header" }).click();
  await page.getByRole("button", { name: "Remove x-tenant" }).waitFor();
  await page.getByRole("link", { name: "Testing", exact: true }).click();
  const before = taker.posted.length;
  await page.getByRole("button", { name: "Send Example" }).click();
  await eventually("the example", () => taker.posted.length > before);
  await eventually("the outcome", async () => {
    const refresh = page.getByRole("link", { name: "Refresh" });
    if (await refresh.count() === 1) await refresh.click();
    return await page.getByText("Delivered at the first attempt.").count() === 1;
  });
  await page.goto(`/app/${app.id}/endpoints/new`);
  await page.getByLabel("Endpoint URL").fill(taker.url);
  await page.getByRole("button", { name: "Check connection" }).click();
  await answer(page, "A server answered with 405.");
  await page.getByRole("heading", { level: 1, name: "Check connection" }).waitFor();
}

test("an endpoint is set up from its pages", async (t) => {
  const house = await House.start(t);
  await house.eventType();
  const app = await house.app();
  const taker = await Taker.start(t);
  await t.test("after its connection was checked", () => checked(house, app, taker));
  await t.test("with a rate limit and headers", () => limitsAndHeaders(house, app, taker));
  await t.test("on a phone in the dark too", () => limitsAndHeaders(house, app, taker, { phone: true, dark: true }));
  await t.test("with each kind of authentication", () => authenticates(house, app, taker, t));
  await t.test("and is asked again whether it answers", () => checkedAgain(house, app, taker));
  await t.test("without any script", () => withoutScript(house, app, taker));
});
