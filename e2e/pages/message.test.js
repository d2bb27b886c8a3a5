// A message that could not be delivered: why, once more by hand, and all that failed at once.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { listening } = require("../node/listening.js");
const { House, accessible, eventually, fits } = require("./house.js");

const MESSAGES = 12;

// A customer's server that can break: `{url, answer}`; `answer` is the status it gives.
async function receiver(t) {
  const server = { answer: 503, arrived: 0 };
  server.url = await listening(t, async (request, response) => {
    await request.toArray();
    server.arrived += 1;
    response.writeHead(server.answer, { "content-type": "text/plain" }).end(`it is ${server.answer}`);
  });
  return server;
}

async function failed(house, app, endpoint, count) {
  await eventually("the attempts to be used up", async () => {
    const { fail } = await house.ask("GET", `/app/${app.id}/endpoint/${endpoint.id}/stats`);
    return fail === count;
  });
}

// An app with an endpoint at which one message failed.
async function scene(house, t) {
  const server = await receiver(t);
  const app = await house.app();
  const endpoint = await house.endpoint(app, `${server.url}/hook`);
  const type = await house.eventType();
  const message = await house.message(app, type, { n: 12345678901234567890n.toString(), html: "<b>bold</b>" });
  await failed(house, app, endpoint, 1);
  return { server, app, endpoint, type, message, path: `/app/${app.id}/logs/${message.id}` };
}

async function explained(house, t) {
  const { server, app, path } = await scene(house, t);
  const page = await house.person(app);
  await page.goto(path);
  await page.getByRole("listitem").filter({ hasText: "Look whether the receiver runs." }).first().waitFor();
  assert.equal(await page.getByText("503 Failed").count(), 2);
  assert.match(await page.getByRole("region", { name: "Contents, pretty" }).textContent(), /"html": "<b>bold<\/b>"/);
  await accessible(page);
  server.answer = 200;
  await page.getByRole("button", { name: `Resend to ${server.url}/hook` }).last().click();
  await page.getByText("200 Succeeded").waitFor();
  await page.getByText("Manual").waitFor();
  await page.getByText("Delivered", { exact: true }).waitFor();
  await accessible(page);
  await page.getByRole("link", { name: "Failed", exact: true }).click();
  await page.getByText("200 Succeeded").waitFor({ state: "detached" });
}

async function copied(house, t) {
  const { server, app, path } = await scene(house, t);
  const page = await house.person(app);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(path);
  await page.getByRole("link", { name: "Headers, whole answer and request" }).first().click();
  await page.getByRole("region", { name: "Body of the answer" }).getByText("it is 503").waitFor();
  await accessible(page);
  await page.getByRole("button", { name: "Copy curl" }).dblclick();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(command.startsWith(`curl --globoff --include --url '${server.url}/hook'`), command);
  assert.match(command, /--header 'webhook-signature: v1,/);
  await page.getByRole("button", { name: "Copy curl" }).waitFor();
}

async function recovered(house, t) {
  const { server, app, endpoint, type } = await scene(house, t);
  for (let number = 1; number < MESSAGES; number += 1) await house.message(app, type, { number });
  await failed(house, app, endpoint, MESSAGES);
  const page = await house.person(app);
  await page.goto(`/app/${app.id}/endpoints/${endpoint.id}/recover`);
  await page.getByText(`${MESSAGES} messages`, { exact: true }).waitFor();
  await accessible(page);
  await page.getByLabel("Most messages per second").fill("1");
  await page.getByRole("button", { name: `Recover ${MESSAGES} messages` }).click();
  await page.waitForURL("**/tasks/**");
  await page.getByText("Running", { exact: true }).waitFor();
  await accessible(page);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Canceled", { exact: true }).waitFor();
  server.answer = 200;
  await page.goto(`/app/${app.id}/endpoints/${endpoint.id}/recover`);
  await page.getByRole("button", { name: /^Recover \d+ messages?$/ }).click();
  await page.waitForURL("**/tasks/**");
  await page.locator("#progress").getByText("Finished", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Recoveries and replays" }).click();
  await page.getByRole("cell", { name: "Finished" }).waitFor();
  assert.equal(await page.getByRole("cell", { name: "Canceled" }).count(), 1);
  await accessible(page);
}

async function withoutScript(house, t) {
  const { server, app, path } = await scene(house, t);
  const page = await house.person(app, { javaScript: false, phone: true });
  await page.goto(path);
  await page.getByText("503 Failed").first().waitFor();
  server.answer = 200;
  await page.getByRole("button", { name: `Resend to ${server.url}/hook` }).last().click();
  await page.getByText("It is sent once more, now.").waitFor();
  await eventually("the attempt by hand", async () => {
    await page.reload();
    return await page.getByText("200 Succeeded").count() === 1;
  });
}

async function phones(house, t) {
  const { app, path } = await scene(house, t);
  const page = await house.person(app, { phone: true, dark: true });
  await page.goto(path);
  await fits(page);
  await accessible(page);
  await page.getByRole("link", { name: "Headers, whole answer and request" }).first().click();
  await page.getByRole("heading", { name: "Request" }).waitFor();
  await fits(page);
  await accessible(page);
}

test("a message that failed", async (t) => {
  const house = await House.start(t);
  await t.test("says why, and is resent", () => explained(house, t));
  await t.test("has a command that repeats it", () => copied(house, t));
  await t.test("is recovered with all that failed", () => recovered(house, t));
  await t.test("is resent without JavaScript", () => withoutScript(house, t));
  await t.test("is shown on a phone", () => phones(house, t));
});
