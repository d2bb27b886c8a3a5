// The log of an app: narrowed by what stands in the address, found again by a name, and followed as it happens.
"use strict";

const assert = require("node:assert/strict");
const { EventEmitter, once } = require("node:events");
const test = require("node:test");
const { listening } = require("../node/listening.js");
const { House, accessible, fits, fresh, tabTo } = require("./house.js");

// A customer's server that answers nobody before it may: `{url, open}`.
async function gate(t) {
  const events = new EventEmitter();
  let isOpen = false;
  const url = await listening(t, async (request, response) => {
    await request.toArray();
    if (!isOpen) await once(events, "open");
    response.writeHead(204).end();
  });
  const open = () => {
    isOpen = true;
    events.emit("open");
  };
  return { url: `${url}/hook`, open };
}

// The rows of the log.
function rows(page) {
  return page.locator("tbody tr[data-row]");
}

// An app with two messages of two types: `{app, created, moved, path}`.
async function scene(house) {
  const app = await house.app();
  const types = [await house.eventType(`${fresh("asset")}.created`), await house.eventType(`${fresh("asset")}.moved`)];
  const created = await house.message(app, types[0], { event: { id: "shared" } }, { eventId: fresh("own") });
  const moved = await house.message(app, types[1], { event: { id: "shared" } });
  return { app, types, created, moved, path: `/app/${app.id}/logs` };
}

async function narrowed(house) {
  const { app, types, created, path } = await scene(house);
  const page = await house.person(app);
  await page.goto(path);
  await rows(page).nth(1).waitFor();
  await accessible(page);
  await page.locator("summary", { hasText: "All" }).press("Enter");
  await page.getByLabel("Search event types").fill(types[0]);
  await page.getByRole("checkbox", { name: types[0] }).press("Space");
  await page.getByLabel("After Date", { exact: true }).selectOption("Yesterday");
  await page.getByLabel("Before Date", { exact: true }).selectOption("Custom");
  await page.getByLabel("Before Date, UTC").fill("2099-12-31T23:59:59");
  await accessible(page);
  await page.getByRole("button", { name: "Filter" }).press("Enter");
  await page.getByText(`Shown: ${types[0]}, after`).waitFor();
  assert.equal(await rows(page).count(), 1);
  assert.match(page.url(), /after=yesterday/);
  // The address is the view: whoever opens it sees the same.
  const other = await house.person(app);
  await other.goto(page.url());
  assert.equal(await rows(other).getAttribute("data-row"), created.id);
  assert.equal(await other.getByLabel("After Date", { exact: true }).inputValue(), "yesterday");
  assert.equal(await other.getByLabel("Before Date, UTC").inputValue(), "2099-12-31T23:59:59");
  await other.getByLabel("After Date", { exact: true }).selectOption("Custom");
  await other.getByRole("button", { name: "Filter" }).click();
  await other.getByRole("alert").filter({ hasText: "After Date needs a date and time, in UTC." }).waitFor();
  await accessible(other);
}

async function withoutScript(house) {
  const { app, types, moved, path } = await scene(house);
  const page = await house.person(app, { javaScript: false, phone: true, dark: true });
  await page.goto(path);
  await page.locator("summary", { hasText: "All" }).click();
  await page.getByRole("checkbox", { name: types[1] }).check();
  await page.getByRole("button", { name: "Filter" }).click();
  assert.equal(await rows(page).getAttribute("data-row"), moved.id);
  assert.equal(await page.getByRole("link", { name: "Live" }).count(), 0);
}

async function found(house) {
  const { app, created, moved, path } = await scene(house);
  const page = await house.person(app);
  for (const name of [moved.id, created.eventId]) {
    await page.goto(path);
    await (await tabTo(page, "searchbox", "Jump to Message")).fill(name);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/logs/${name === moved.id ? moved.id : created.id}`);
  }
  await page.goto(path);
  await page.getByLabel("Jump to Message").fill("shared");
  await page.getByRole("button", { name: "Jump" }).click();
  await page.getByRole("heading", { name: "Messages called “shared”" }).waitFor();
  assert.equal(await rows(page).count(), 2);
  await accessible(page);
  await page.getByLabel("Jump to Message").fill("nobody");
  await page.getByRole("button", { name: "Jump" }).click();
  await page.getByRole("alert").filter({ hasText: "There is no message with this id or event id." }).waitFor();
  await accessible(page);
}

async function followed(house, t) {
  const app = await house.app();
  const receiver = await gate(t);
  await house.endpoint(app, receiver.url);
  const [wanted, other] = [await house.eventType(), await house.eventType()];
  const page = await house.person(app);
  await page.goto(`/app/${app.id}/logs?type=${wanted}`);
  await page.getByText("No messages here").waitFor();
  await page.getByRole("link", { name: "Live" }).press("Enter");
  await page.getByText("Live: connected").waitFor();
  await accessible(page);
  await house.message(app, other);
  const first = await house.message(app, wanted);
  const second = await house.message(app, wanted);
  const row = page.locator(`[data-row="${second.id}"]`);
  await row.getByText("1 waiting").waitFor();
  await page.getByText("No messages here").waitFor({ state: "hidden" });
  await accessible(page);
  // A row that is there already turns where it stands.
  receiver.open();
  await row.getByText("1 delivered").waitFor();
  await page.locator(`[data-row="${first.id}"]`).getByText("1 delivered").waitFor();
  assert.deepEqual(await rows(page).evaluateAll((all) => all.map((each) => each.dataset.row)), [second.id, first.id]);
  await fits(page);
  // The address says that it is live, and filtering keeps it.
  assert.match(page.url(), /live=1/);
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByText("Live: connected").waitFor();
  await page.getByRole("link", { name: "Stop Live" }).click();
  await page.getByText("Live: connected").waitFor({ state: "detached" });
}

async function ended(house) {
  const page = await house.person(await house.app());
  await page.goto(`${page.url().replace(/endpoints$/, "logs")}?live=1`);
  await page.getByText("Live: connected").waitFor();
  const other = await page.context().newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("Live: interrupted, trying again").waitFor();
}

test("the log of an app", async (t) => {
  const house = await House.start(t);
  await t.test("is narrowed by what its address says", () => narrowed(house));
  await t.test("is narrowed without a script", () => withoutScript(house));
  await t.test("leads to a message by its name", () => found(house));
  await t.test("is followed as it happens", (t) => followed(house, t));
  await t.test("is followed no longer than one is signed in", () => ended(house));
});
