// What only the operator sees: apps, tokens, the server. An app is made and opened, a link to it opens once, a token
// is made, used and revoked.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { House, accessible, fits, fresh, tabTo } = require("./house.js");

function section(page, name) {
  return page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name, exact: true }).click();
}

function titled(page, name) {
  return page.getByRole("heading", { level: 1, name }).waitFor();
}

async function heading(page, name) {
  await titled(page, name);
  await accessible(page);
}

async function apps(house) {
  const page = await house.operator();
  const name = `Acme ${fresh("a")}`;
  await (await tabTo(page, "link", "New App")).press("Enter");
  await heading(page, "New App");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("alert").getByText("The name must be").waitFor();
  await accessible(page);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel(/^Uid/).fill(fresh("acme"));
  await page.getByRole("button", { name: "Create" }).click();
  await heading(page, name);
  await page.getByLabel(/^Rate limit/).fill("50");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").getByText("Saved.").waitFor();
  assert.equal(await page.getByLabel(/^Rate limit/).inputValue(), "50");

  await section(page, "Apps");
  await page.getByLabel(/^Search/).fill(name.slice(0, -2).toUpperCase());
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name, exact: true }).click();
  await heading(page, "Endpoints");
  await page.getByRole("link", { name }).click();
  await heading(page, "Apps");
  await page.getByLabel(/^Search/).fill(name);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: `Manage ${name}` }).click();
  await page.getByRole("link", { name: "Delete this app…" }).click();
  await heading(page, `Delete ${name}?`);
  await page.getByRole("button", { name: "Delete app" }).click();
  await page.getByRole("status").getByText("The app is deleted.").waitFor();
}

async function links(house) {
  const app = await house.app();
  const page = await house.operator();
  await page.goto(`/apps/${app.id}`);
  await page.getByLabel("ManageEndpoint", { exact: false }).last().uncheck();
  await page.getByRole("button", { name: "Make a link" }).click();
  await heading(page, "A link for its people");
  const url = await page.getByLabel("Link").inputValue();

  const visitor = await house.stranger();
  await visitor.goto(url);
  await visitor.waitForURL("**/app/**");
  await heading(visitor, "Endpoints");
  assert.equal(await visitor.getByRole("link", { name: "Add Endpoint" }).count(), 0);
  const late = await house.stranger();
  await late.goto(url);
  await late.getByText("This link was used already").waitFor();
}

// The status of the list of apps for who shows this token.
async function status(house, token) {
  const answer = await fetch(`${house.url}/api/v1/app`, { headers: { authorization: `Bearer ${token}` } });
  return answer.status;
}

async function tokens(house, look = {}) {
  const page = await house.operator(look);
  // What looks for faults is a script itself.
  const seen = look.javaScript === false ? (_, name) => titled(page, name) : heading;
  const name = fresh("metrics");
  await section(page, "Tokens");
  await seen(page, "Tokens");
  await page.getByRole("link", { name: "New Token" }).first().click();
  await seen(page, "New Token");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("alert").getByText("must be at least one").waitFor();
  await page.getByLabel("ViewBase").check();
  await page.getByRole("button", { name: "Create" }).click();
  await seen(page, "The new token");
  const token = await page.getByLabel(name).inputValue();
  assert.equal(await status(house, token), 200);

  await page.getByRole("link", { name: "Done" }).click();
  const row = page.getByRole("row").filter({ hasText: name });
  await row.getByText("Revoke…").click();
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("status").getByText("The token is revoked.").waitFor();
  assert.equal(await status(house, token), 401);
  await page.getByRole("link", { name: "With those that ended" }).click();
  await row.getByText("Revoked").waitFor();
}

async function server(house) {
  const page = await house.operator();
  await section(page, "Server");
  await heading(page, "Server");
  await page.getByText("Well", { exact: true }).waitFor();
}

async function phones(house) {
  await house.app("A customer with a name that is longer than a phone is wide, and no place to break_it_anywhere_at_all");
  await house.ask("POST", "/admin/token", { name: "a token with a name that is longer than a phone is wide", capabilities: ["ViewBase"] });
  const page = await house.operator({ phone: true, dark: true });
  for (const address of ["/apps", "/apps/new", "/tokens?ended=true", "/tokens/new", "/server"]) {
    await page.goto(address);
    await fits(page);
    await accessible(page);
  }
}

test("the operator's pages", async (t) => {
  const house = await House.start(t);
  await t.test("make, find, open and delete an app", () => apps(house));
  await t.test("make a link that opens once", () => links(house));
  await t.test("make and revoke a token", () => tokens(house));
  await t.test("do so without JavaScript", () => tokens(house, { javaScript: false }));
  await t.test("tell how the server is", () => server(house));
  await t.test("suit a phone in the dark", () => phones(house));
});
