// The event catalogue: read by a customer, with and without JavaScript, and edited by the organisation.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const test = require("node:test");
const { House, accessible, fits, fresh } = require("./house.js");

const SCHEMA = {
  type: "object",
  properties: {
    asset: { type: "object", required: ["id"], properties: { id: { type: "string", format: "uuid", description: "Which one" } } },
    tags: { type: "array", items: { enum: ["new", "old"] } },
  },
  required: ["asset"],
};

async function reading(house) {
  const name = fresh("asset");
  await house.ask("POST", "/event-type", { name, description: "An asset came", groupName: "Assets", schemas: { 1: { ...SCHEMA, examples: [{ asset: { id: "a1" } }] } } });
  const other = await house.eventType(fresh("user"));
  const app = await house.app();
  const endpoint = await house.endpoint(app, "https://example.com/hooks", { eventTypes: [name] });
  const page = await house.person(app, { phone: true });
  await page.goto(`/app/${app.id}/catalog`);
  await accessible(page);
  await fits(page);
  await page.getByRole("searchbox").fill(name);
  await page.getByText(other, { exact: true }).waitFor({ state: "hidden" });
  await page.getByRole("link", { name }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.getByRole("row", { name: /asset\.id/ }).getByText("string (uuid)").waitFor();
  await page.getByText("each one of new, old").waitFor();
  await page.getByText("Ruby", { exact: true }).click();
  await page.getByText("StandardWebhooks::Webhook.new").waitFor();
  assert.equal(await page.getByText("standardwebhooks.NewWebhook").isVisible(), false);
  await accessible(page);
  await fits(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "JSON Schema" }).click()]);
  assert.equal(download.suggestedFilename(), `${name}.schema.json`);
  assert.deepEqual(JSON.parse(fs.readFileSync(await download.path(), "utf8")).required, ["asset"]);
  const link = page.getByRole("link", { name: "https://example.com/hooks" });
  assert.equal(await link.getAttribute("href"), `/app/${app.id}/endpoints/${endpoint.id}`);
}

async function withoutScript(house) {
  const name = await house.eventType();
  const other = await house.eventType(fresh("user"));
  const page = await house.person(await house.app(), { javaScript: false });
  await page.getByRole("link", { name: "Event Catalog" }).click();
  await page.getByRole("searchbox").fill(name);
  await page.getByRole("button", { name: "Search" }).click();
  assert.equal(await page.getByText(other, { exact: true }).count(), 0);
  await page.getByRole("link", { name }).click();
  await page.getByText("Rust", { exact: true }).click();
  await page.getByText("Webhook::new(").waitFor();
}

async function editing(house) {
  const name = fresh("story");
  const page = await house.operator();
  await page.goto("/catalog");
  await page.getByRole("link", { name: "Add Event Type" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Description").fill("A <b>story</b> came");
  await page.getByLabel("JSON Schema of the payload").fill("{\n  \"type\": \"object\",\n}");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText(/The schema is not JSON: .* line 3 column 1/).waitFor();
  assert.equal(await page.getByLabel("Description").inputValue(), "A <b>story</b> came");
  await accessible(page);
  await page.getByLabel("JSON Schema of the payload").fill(JSON.stringify(SCHEMA));
  await page.getByLabel("Example payload").fill("{}");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("The event type is there.").waitFor();
  await page.getByText("The example does not fit the schema").waitFor();
  await accessible(page);
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Example payload").fill("{\"asset\": {\"id\": \"a1\"}}");
  await page.getByLabel(/store this one as version 2/).check();
  await accessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Version 2, the newest of 2").waitFor();
  assert.equal(await page.getByText("The example does not fit").count(), 0);
  await page.getByRole("button", { name: "Archive" }).click();
  await page.getByText("This event type is archived").waitFor();
  await page.getByRole("button", { name: "Bring back" }).click();
  await page.getByText("The event type is back.").waitFor();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByText("Delete for good…").click();
  await page.getByRole("button", { name: "Delete this event type" }).click();
  await page.getByText("The event type is deleted.").waitFor();
  assert.equal((await page.goto(`/catalog/${name}`)).status(), 404);
}

async function importing(house) {
  const [known, added] = [await house.eventType(), fresh("asset")];
  const webhook = (schema) => ({ post: { description: "Told", requestBody: { content: { "application/json": { schema } } } } });
  const document = { openapi: "3.1.0", info: { title: "x", version: "1" }, webhooks: { [known]: webhook(SCHEMA), [added]: webhook(SCHEMA) } };
  const page = await house.operator({ phone: true });
  await page.goto("/catalog/-import");
  const file = { name: "events.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(document)) };
  await page.getByLabel("Pick a file").setInputFiles(file);
  const field = page.getByLabel("Document", { exact: true });
  await page.waitForFunction(() => document.getElementById("document").value !== "");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("heading", { name: "1 event type to be added" }).waitFor();
  await page.getByRole("listitem").filter({ hasText: known }).getByText(/n goes; asset comes, required/).waitFor();
  await accessible(page);
  await fits(page);
  assert.equal((await page.request.get(`/catalog/${added}`)).status(), 404);
  // What was changed after the preview is previewed again.
  await field.fill(JSON.stringify([{ name: added, description: "Told otherwise" }]));
  await page.getByRole("button", { name: "Import" }).click();
  await page.getByText("0 event types of the document stay").waitFor();
  await page.getByRole("button", { name: "Import" }).click();
  await page.getByText("The event types of the document are in the catalogue.").waitFor();
  await page.goto(`/catalog/${added}`);
  await page.getByText("Told otherwise").waitFor();
}

async function looking(house) {
  const name = await house.eventType();
  const { token } = await house.ask("POST", "/admin/token", { name: "Looks on", capabilities: ["ViewBase"] });
  const page = await house.stranger();
  await page.goto("/login");
  await page.getByLabel("Access token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.goto(`/catalog/${name}`);
  assert.equal(await page.getByRole("link", { name: "Edit" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Archive" }).count(), 0);
  const key = await page.locator("[name=form_key]").first().inputValue();
  for (const path of ["/catalog/-new", "/catalog/-import", `/catalog/${name}/edit`, `/catalog/${name}/deleted`]) {
    const form = { form_key: key, name: fresh("asset"), document: "[]", description: "mine" };
    const answer = await page.request.post(path, { form, headers: { "sec-fetch-site": "same-origin" } });
    assert.equal(answer.status(), 403, path);
  }
}

test("the event catalogue", async (t) => {
  const house = await House.start(t);
  await t.test("is read by a customer", () => reading(house));
  await t.test("is read without JavaScript", () => withoutScript(house));
  await t.test("is edited by the organisation", () => editing(house));
  await t.test("takes documents in once they were previewed", () => importing(house));
  await t.test("is not edited by who may only look", () => looking(house));
});
