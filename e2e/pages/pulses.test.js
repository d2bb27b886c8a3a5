// EventPulse: an administrator sets a pulse up, a person raises it, and it arrives.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { Receiver } = require("../node/receiver.js");
const { House, accessible, fits } = require("./house.js");

const FIELDS = {
  type: "object",
  properties: { shop: { type: "string", enum: ["Oslo", "Lima"] } },
  required: ["shop"],
};

async function raising(house, t) {
  const app = await house.app();
  const receiver = await Receiver.start(t);
  await house.endpoint(app, receiver.url);
  const page = await house.person(app);
  await page.getByRole("link", { name: "EventPulse" }).click();
  await page.getByText("No pulses yet").waitFor();
  await accessible(page);
  await page.getByRole("link", { name: "Add Pulse" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("Send to the storefront");
  await page.getByLabel("Name in the payload of field 1").fill("shop");
  await page.getByLabel("Label of field 1").fill("Which shop");
  await page.getByLabel("Kind of field 1").selectOption("one of these");
  await page.getByLabel("Required in field 1").selectOption("yes");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("what is one of several needs its choices").waitFor();
  await accessible(page);
  await page.getByLabel(/Choices of field 1/).fill("Oslo, Lima");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("The pulse is there.").waitFor();
  await accessible(page);
  await page.getByLabel(/Ids of the objects/).fill("4711\n4712");
  await page.getByLabel("Which shop").selectOption("Lima");
  await page.getByLabel(/Note for the log/).fill("asked for by phone");
  await page.getByRole("button", { name: "Raise", exact: true }).click();
  await page.getByText("Raised.").waitFor();
  await page.getByRole("row").filter({ hasText: "2 objects" }).getByText("asked for by phone").waitFor();
  await accessible(page);

  const { headers, body } = await receiver.next();
  const payload = JSON.parse(body);
  assert.deepEqual(payload.objects, [{ id: "4711", type: "asset" }, { id: "4712", type: "asset" }]);
  assert.deepEqual(payload.fields, { shop: "Lima" });
  const link = page.getByRole("link", { name: "See the message" });
  assert.equal(await link.getAttribute("href"), `/app/${app.id}/logs/${headers["webhook-id"]}`);
  await link.click();
  await page.getByText(headers["webhook-id"]).first().waitFor();
}

async function withoutScript(house, t) {
  const app = await house.app();
  const receiver = await Receiver.start(t);
  await house.endpoint(app, receiver.url);
  await house.ask("POST", `/app/${app.id}/pulse`, { name: "Take back", fields: FIELDS, objects: { max: 1 } });
  const page = await house.person(app, { javaScript: false, phone: true, dark: true });
  await page.getByRole("link", { name: "EventPulse" }).click();
  await fits(page);
  await page.getByRole("link", { name: "Raise Take back" }).click();
  await page.getByLabel(/Ids of the objects/).fill("1\n2");
  await page.getByLabel("shop").selectOption("Oslo");
  await page.getByRole("button", { name: "Raise", exact: true }).click();
  await page.getByText("must be 1 to 1 objects").waitFor();
  assert.equal(await page.getByLabel("shop").inputValue(), "Oslo");
  await page.getByLabel(/Ids of the objects/).fill("1");
  await page.getByRole("button", { name: "Raise", exact: true }).click();
  await page.getByText("Raised.").waitFor();
  await fits(page);
  assert.deepEqual(JSON.parse((await receiver.next()).body).fields, { shop: "Oslo" });
}

async function looking(house) {
  const app = await house.app();
  const pulse = await house.ask("POST", `/app/${app.id}/pulse`, { name: "Take back" });
  const page = await house.person(app, { readOnly: true });
  await page.goto(`/app/${app.id}/pulses`);
  assert.equal(await page.getByRole("link", { name: /^(Raise|Add)/ }).count(), 0);
  await page.getByRole("link", { name: "Take back" }).click();
  await page.getByText("Not yours to raise").waitFor();
  assert.equal(await page.getByRole("link", { name: "Edit" }).count(), 0);
  await accessible(page);
  const key = await page.locator("[name=form_key]").first().inputValue();
  const path = `/app/${app.id}/pulses/${pulse.id}`;
  for (const target of [path, `${path}/edit`, `${path}/archived`, `/app/${app.id}/pulses/new`]) {
    const form = { form_key: key, objects: "1", object_type: "asset", name: "mine", archived: "yes" };
    const answer = await page.request.post(target, { form, headers: { "sec-fetch-site": "same-origin" } });
    assert.equal(answer.status(), 403, target);
  }
}

test("pulses", async (t) => {
  const house = await House.start(t);
  await t.test("are set up, raised and delivered", (inner) => raising(house, inner));
  await t.test("are raised without JavaScript", (inner) => withoutScript(house, inner));
  await t.test("are only looked at by who may only look", () => looking(house));
});
