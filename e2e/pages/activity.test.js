// What was sent in the last hours and days: said when it is nothing, and drawn, told and listed when it is something.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { Receiver } = require("../node/receiver.js");
const { House, accessible, eventually, fits } = require("./house.js");

const RANGES = { "6 hours": "in the last 6 hours", "24 hours": "in the last 24 hours", "7 days": "in the last 7 days" };

async function open(page, range = "6 hours") {
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Activity" }).click();
  await page.getByRole("heading", { level: 1, name: "Activity" }).waitFor();
  await page.getByRole("link", { name: range }).click();
}

async function withoutTraffic(house) {
  const page = await house.person(await house.app());
  for (const [range, words] of Object.entries(RANGES)) {
    await open(page, range);
    await page.getByRole("heading", { name: `No attempts have been made to your endpoints ${words}.` }).waitFor();
    assert.equal(await page.locator("svg").count(), 0);
    await accessible(page);
  }
}

// Two attempts that failed and one that succeeded, at two endpoints.
async function traffic(house, test) {
  const app = await house.app();
  const receiver = await Receiver.start(test);
  const refusing = await Receiver.start(test, 500, 500);
  await house.endpoint(app, receiver.url);
  await house.endpoint(app, refusing.url);
  const { id } = await house.message(app, await house.eventType());
  await eventually("three attempts", async () => {
    const { data } = await house.ask("GET", `/app/${app.id}/attempt/msg/${id}`);
    return data.length === 3;
  });
  return { app, receiver, refusing };
}

async function withTraffic(house, test, look) {
  const { app, receiver, refusing } = await traffic(house, test);
  const page = await house.person(app, look);
  for (const [range, words] of Object.entries(RANGES)) {
    await open(page, range);
    const drawing = page.getByRole("img", { name: `Attempts ${words}` });
    await drawing.waitFor();
    assert.match(await page.locator("#chart-words").textContent(), /^3 attempts, of which 2 failed\. Most at /);
    await fits(page);
    // What looks for faults is a script itself.
    if (look.javaScript !== false) await accessible(page);
  }
  const row = (url) => page.getByRole("row").filter({ hasText: url });
  assert.match(await row(receiver.url).textContent(), /100 %/);
  assert.match(await row(refusing.url).textContent(), /0 %/);
  await page.getByText("The chart as a table").click();
  await page.getByRole("cell", { name: "1", exact: true }).first().waitFor();
  await page.getByRole("link", { name: refusing.url }).click();
  await page.getByRole("heading", { level: 1, name: refusing.url }).waitFor();
}

test("the activity of an app", async (t) => {
  const house = await House.start(t);
  await t.test("is said to be nothing", () => withoutTraffic(house));
  await t.test("is drawn, told and listed", () => withTraffic(house, t, {}));
  await t.test("suits a phone in the dark", () => withTraffic(house, t, { phone: true, dark: true }));
  await t.test("needs no JavaScript", () => withTraffic(house, t, { javaScript: false }));
});
