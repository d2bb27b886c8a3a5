// The door of the pages: three ways in, the way out, and who is not let in; inside another product's page, too.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { listening } = require("../node/listening.js");
const { House, accessible, eventually, fits } = require("./house.js");
const { LoginProvider } = require("./login_provider.js");

const heading = (page, name) => page.getByRole("heading", { level: 1, name });

// A house whose people sign in at a provider of their own.
async function withCompany(t) {
  const company = await LoginProvider.start(t);
  const house = await House.start(t, company.variables);
  await company.knows(`${house.url}/login/oidc/callback`);
  return Object.assign(house, { company });
}

async function linkOnce(house) {
  const app = await house.app();
  const { url } = await house.ask("POST", `/auth/app-portal-access/${app.id}`, {});
  const page = await house.stranger();
  await page.goto(url);
  await heading(page, "Endpoints").waitFor();
  assert.match(page.url(), new RegExp(`/app/${app.id}/endpoints$`));
  const late = await house.stranger();
  await late.goto(url);
  await late.getByText("This link was used already").waitFor();
  await accessible(late);
  const other = await house.app();
  assert.equal((await page.goto(`/app/${other.id}/endpoints`)).status(), 404);
}

async function linkWithoutScript(house) {
  const app = await house.app();
  const { url } = await house.ask("POST", `/auth/app-portal-access/${app.id}`, {});
  const page = await house.stranger({ javaScript: false, phone: true });
  // Whoever only looks at the link leaves it as it is.
  for (let look = 0; look < 2; look += 1) {
    await page.goto(url);
  }
  await page.getByRole("button", { name: "Continue" }).click();
  await heading(page, "Endpoints").waitFor();
}

async function tokens(house) {
  const page = await house.stranger({ phone: true, dark: true });
  await page.goto("/apps");
  assert.match(page.url(), /\/login\?return_to=%2Fapps$/);
  await accessible(page);
  await fits(page);
  const field = page.getByLabel("Access token");
  await field.fill("not a token");
  await field.press("Enter");
  await page.getByRole("alert").filter({ hasText: "This token is not good" }).waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await accessible(page);
  await field.fill(house.setting.token);
  await field.press("Enter");
  await heading(page, "Apps").waitFor();
  await fits(page);
}

async function signingOut(house) {
  const page = await house.operator();
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Lax"]);
  await page.goto(`/app/${(await house.app("Kept to themselves")).id}/endpoints`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/login");
  assert.deepEqual(await page.context().cookies(), []);
  await page.goBack();
  await page.getByLabel("Access token").waitFor();
  assert.doesNotMatch(await page.content(), /Kept to themselves/);
  // Who kept the cookie has nothing of it.
  await page.context().addCookies([cookie]);
  await page.goto("/apps");
  assert.match(page.url(), /\/login\?/);
}

async function viewer(house) {
  const app = await house.app();
  await house.endpoint(app, "https://example.com/kept");
  const page = await house.person(app, { readOnly: true });
  await page.getByRole("link", { name: "https://example.com/kept" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Add Endpoint" }).count(), 0);
  const form_key = await page.locator("[name=form_key]").first().inputValue();
  const address = `/app/${app.id}/endpoints/new`;
  const sent = await page.request.post(address, { form: { form_key, url: "https://example.com/more" } });
  assert.equal(sent.status(), 403);
  const { data } = await house.ask("GET", `/app/${app.id}/endpoint`);
  assert.equal(data.length, 1);
}

// Signs somebody in at the company, coming from `address`.
async function atCompany(house, name, address = "/") {
  const page = await house.stranger({ leavesFor: house.company.url });
  await page.goto(address);
  await accessible(page);
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Let me in" }).click();
  return page;
}

async function company(house, { people }) {
  const app = await house.app();
  people.ada = { name: "Ada <b>Lovelace</b>", tenant: app.uid, roles: ["Assets", "Webhooks"] };
  people.boss = { name: "The boss", roles: "Operators" };
  people.guest = { name: "A guest", tenant: app.uid, roles: [] };
  people.stray = { name: "A stray", tenant: "nobody", roles: ["Webhooks"] };
  const ada = await atCompany(house, "ada", `/app/${app.id}/endpoints?find=x`);
  await heading(ada, "Endpoints").waitFor();
  assert.match(ada.url(), /\/endpoints\?find=x$/, "back to where she was");
  await ada.getByText("Ada <b>Lovelace</b>").waitFor();
  const kept = (await ada.context().cookies()).map(({ name }) => name);
  assert.deepEqual(kept.filter((name) => name.startsWith("wirepost")), ["wirepost"], "the way back is forgotten");
  const boss = await atCompany(house, "boss");
  await heading(boss, "Apps").waitFor();
  for (const name of ["guest", "stray"]) {
    const page = await atCompany(house, name);
    await page.getByRole("alert").filter({ hasText: "no webhooks are open to you" }).waitFor();
    await accessible(page);
    await page.goto("/apps");
    assert.match(page.url(), /\/login\?/, name);
  }
}

// Who is led to the end of a sign-in that somebody else began is not let in as somebody else.
async function othersAnswer(house, { people }) {
  people.mallory = { name: "Mallory", roles: "Operators" };
  const mallory = await house.stranger({ leavesFor: house.company.url });
  await mallory.goto("/login/oidc");
  let address = `${mallory.url()}?name=mallory`;
  while (!address.startsWith(house.url)) {
    const step = await mallory.request.get(address, { maxRedirects: 0 });
    address = new URL(step.headers().location, address).href;
  }
  const victim = await house.stranger();
  const answer = await victim.goto(address);
  assert.equal(answer.status(), 401);
  await victim.getByText("not begun in this browser").waitFor();
  assert.deepEqual(await victim.context().cookies(), []);
  await mallory.goto(address);
  await heading(mallory, "Apps").waitFor();
}

// A product's page that shows what is at `address` inside of it.
function product(t, address) {
  return listening(t, (_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>A product</title><iframe title="Webhooks" src="${address()}" width="900" height="700"></iframe>`);
  });
}

async function embedded(t) {
  let address = "about:blank";
  const [own, foreign] = [await product(t, () => address), await product(t, () => address)];
  const house = await House.start(t, { WIREPOST_FRAME_ANCESTORS: own });
  const app = await house.app();
  const link = async () => (await house.ask("POST", `/auth/app-portal-access/${app.id}`, {})).url;
  address = await link();
  const page = await house.stranger({ leavesFor: own });
  await page.goto(own);
  const inside = page.frameLocator("iframe");
  await inside.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
  await inside.getByRole("link", { name: "Add Endpoint" }).first().click();
  await inside.getByLabel("Endpoint URL").fill("https://example.com/inside");
  await inside.getByRole("button", { name: "Create" }).click();
  await eventually("the endpoint", async () => (await house.ask("GET", `/app/${app.id}/endpoint`)).data.length === 1);
  address = await link();
  const refused = await house.stranger({ leavesFor: foreign, breaks: /frame-ancestors/ });
  await refused.goto(foreign);
  const [, frame] = refused.frames();
  await eventually("the refusal", () => frame.url().startsWith("chrome-error:"));
}

test("the door", async (t) => {
  const house = await House.start(t);
  await t.test("opens to a link, once", () => linkOnce(house));
  await t.test("opens to a link without scripts", () => linkWithoutScript(house));
  await t.test("opens to a token", () => tokens(house));
  await t.test("closes behind who leaves", () => signingOut(house));
  await t.test("shows who may only look nothing else", () => viewer(house));
});

test("the company's own sign-in", async (t) => {
  const house = await withCompany(t);
  await t.test("lets in whom it names", () => company(house, house.company));
  await t.test("lets nobody in by an answer to somebody else", () => othersAnswer(house, house.company));
});

test("inside another product", (t) => embedded(t));
