// Finding a rate limit: against receivers that cope with a known rate, within what a person allows, and only while
// somebody looks.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { House, accessible, eventually, fits } = require("./house.js");
const { SlowReceiver } = require("./slow_receiver.js");

// A trial may take its two minutes.
const TRIAL_MS = 150_000;
// Between a page that goes away and the last request that it may still let through.
const AT_ONCE_MS = 1_000;

// A trial that just began, on a page of its own, for an endpoint that leads to `receiver`.
async function trial(house, receiver, rateMost, look) {
  const app = await house.app();
  const endpoint = await house.endpoint(app, receiver.url);
  const page = await house.person(app, look);
  await page.goto(`/app/${app.id}/endpoints/${endpoint.id}/testing`);
  await page.getByRole("link", { name: "Find my rate limit…" }).click();
  await page.getByLabel("Highest rate, per second").fill(String(rateMost));
  await accessible(page);
  await fits(page);
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  return { app, endpoint, page };
}

// A machine that is too busy to send in time says so and measures nothing: then it is tried again.
async function proposed(house, receiver, rateMost) {
  for (let attempt = 1; ; attempt += 1) {
    const { app, endpoint, page } = await trial(house, receiver, rateMost);
    await page.locator("#trial").getByText(/Sending \d+ requests a second/).waitFor();
    await accessible(page);
    await page.getByRole("heading", { name: /^(Proposed: |No proposal)/ }).waitFor({ timeout: TRIAL_MS });
    const told = await page.locator("#trial").innerText();
    if (attempt === 3 || !told.includes("this server could not send as fast as it should")) {
      return { app, endpoint, page, told };
    }
    await page.close();
  }
}

async function finds(house, receiver, rate, rateMost) {
  const { app, endpoint, page, told } = await proposed(house, receiver, rateMost);
  const proposal = Number(await page.getByLabel("Rate limit, per second").inputValue());
  assert.ok(proposal >= rate * 0.8 && proposal <= rate * 1.2, `${proposal} for ${rate}: ${told}`);
  // A tenth more for the ways between clocks.
  assert.ok(receiver.most() <= rateMost * 1.1 + 1, `${receiver.most()} came in a second`);
  assert.equal(await page.getByRole("button", { name: "Stop" }).count(), 0);
  await accessible(page);
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("The rate limit is set.").waitFor();
  const { throttleRate } = await house.ask("GET", `/app/${app.id}/endpoint/${endpoint.id}`);
  assert.equal(throttleRate, proposal);
  // Nothing of it was stored.
  const messages = await house.ask("GET", `/app/${app.id}/msg`);
  assert.deepEqual(messages.data, []);
  return proposal;
}

async function stops(house, receiver) {
  const { page } = await trial(house, receiver, 100);
  await eventually("some requests", () => receiver.came.length > 5);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped by hand.").waitFor();
  await page.getByText(`${receiver.came.length} requests sent`).waitFor();
  await accessible(page);
}

async function leaves(house, receiver) {
  const { app, page } = await trial(house, receiver, 100);
  await eventually("some requests", () => receiver.came.length > 5);
  const address = page.url();
  const left = performance.now();
  await page.close();
  const other = await house.person(app);
  await eventually("the end of the trial", async () => {
    await other.goto(address);
    return (await other.getByText("nobody had this page open any more").count()) > 0;
  });
  await other.getByText(`${receiver.came.length} requests sent`).waitFor();
  assert.ok(receiver.came.at(-1) - left <= AT_ONCE_MS, `${receiver.came.at(-1) - left} ms after the page was left`);
}

async function phones(house, receiver) {
  const { page } = await trial(house, receiver, 10, { phone: true, dark: true });
  await page.getByRole("img", { name: "Latency and errors against rate" }).waitFor();
  await fits(page);
  await accessible(page);
}

async function without(house, receiver) {
  const app = await house.app();
  const endpoint = await house.endpoint(app, receiver.url);
  const page = await house.person(app, { javaScript: false });
  await page.goto(`/app/${app.id}/endpoints/${endpoint.id}/testing/rate`);
  await page.getByText("This needs JavaScript").waitFor();
  assert.equal(await page.getByRole("button", { name: "Start" }).isVisible(), false);
  assert.deepEqual(receiver.came, []);
}

async function looks(house, receiver) {
  const app = await house.app();
  const endpoint = await house.endpoint(app, receiver.url);
  const page = await house.person(app, { readOnly: true });
  await page.goto(`/app/${app.id}/endpoints/${endpoint.id}/testing`);
  assert.equal(await page.getByRole("link", { name: "Find my rate limit…" }).count(), 0);
  const answer = await page.goto(`/app/${app.id}/endpoints/${endpoint.id}/testing/rate`);
  assert.equal(answer.status(), 403);
}

test("a rate limit is found", async (t) => {
  const house = await House.start(t);
  const queueing = await SlowReceiver.queueing(t, 40);
  const refusing = await SlowReceiver.refusing(t, 150);
  const fast = await Promise.all([1, 2, 3, 4, 5].map(() => SlowReceiver.queueing(t, 2000)));
  await t.test("where a receiver falls behind", async (t) => {
    t.diagnostic(`${await finds(house, queueing, 40, 120)}/s proposed for 40/s`);
  });
  await t.test("where a receiver refuses", async (t) => {
    t.diagnostic(`${await finds(house, refusing, 150, 400)}/s proposed for 150/s`);
  });
  await t.test("until somebody stops it", () => stops(house, fast[0]));
  await t.test("until the page goes away", () => leaves(house, fast[1]));
  await t.test("on a phone in the dark", () => phones(house, fast[2]));
  await t.test("not without script", () => without(house, fast[3]));
  await t.test("not by those who may only look", () => looks(house, fast[4]));
});
