// A customer's endpoint from its beginning to its end: made, set up, tried out, failing, mended, rotated, disabled,
// enabled, deleted. Once with the mouse, once with the keyboard alone, and what has to work without JavaScript.
"use strict";

const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const test = require("node:test");
const { Receiver } = require("../node/receiver.js");
const { House, accessible, eventually, fits, reach } = require("./house.js");

// How the customer's server answers in the story: an example; a message that fails, as often as it is tried, and is
// resent; one more that fails and is recovered.
const STATUSES = [204, 500, 500, 204, 500, 500];
// Messages that wait for a limit of one per second for longer than a page takes to look again.
const WAITING = 30;

// What a person can do, with the mouse.
class Mouse {
  constructor(page) {
    this.page = page;
  }

  press(wanted) {
    return wanted.click();
  }

  fill(label, text) {
    return this.field(label).fill(text);
  }

  tick(box) {
    return box.click();
  }

  field(label) {
    return this.page.getByLabel(label, { exact: true });
  }

  link(name) {
    return this.page.getByRole("link", { name, exact: true }).first();
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true }).first();
  }

  // A fold or menu.
  fold(name) {
    return this.page.locator("summary", { hasText: name });
  }

  heading(name) {
    return this.page.getByRole("heading", { name, exact: true }).first().waitFor();
  }

  says(text) {
    return this.page.getByText(text).first().waitFor();
  }

  // Nothing on the page as it is keeps anybody from using it.
  look() {
    return accessible(this.page);
  }
}

// The same with the keyboard alone. The page was looked at before.
class Keyboard extends Mouse {
  async press(wanted) {
    await (await reach(this.page, wanted)).press("Enter");
  }

  async fill(label, text) {
    await reach(this.page, this.field(label));
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.insertText(text);
  }

  async tick(box) {
    await (await reach(this.page, box)).press("Space");
  }

  async look() {}
}

// What the story is about: who acts, where, and what the customer's server got.
class Story {
  static async begin(house, test, hands) {
    const story = new Story();
    story.house = house;
    story.receiver = await Receiver.start(test, ...STATUSES);
    story.app = await house.app();
    story.eventType = await house.eventType();
    story.other = await house.eventType();
    story.page = await house.person(story.app);
    story.hands = new hands(story.page);
    return story;
  }

  // The endpoint as the API tells of it.
  async endpoint() {
    const all = await this.house.ask("GET", `/app/${this.app.id}/endpoint`);
    return all.data[0];
  }

  // From wherever the person is to the endpoint's page.
  async home() {
    const { hands } = this;
    await hands.press(hands.link("Endpoints"));
    await hands.heading("Endpoints");
    await hands.press(hands.link(this.receiver.url));
    await hands.heading("Attempt Delivery Stats");
  }

  // A message that ends as failed.
  async fail() {
    const { id } = await this.house.message(this.app, this.eventType, { n: 2 });
    await eventually("the message to fail", async () => {
      const told = await this.house.ask("GET", `/app/${this.app.id}/msg/${id}/endpoint`);
      return told.data[0].status === 2;
    });
    await this.receiver.next();
    await this.receiver.next();
    return id;
  }
}

async function add({ hands, page, receiver, eventType, other, ...story }) {
  await hands.press(hands.link("Add Endpoint"));
  await hands.heading("Add Endpoint");
  await hands.fill("Endpoint URL", "ftp://example.com");
  await hands.press(hands.button("Create"));
  await page.getByRole("alert").first().waitFor();
  assert.equal(await hands.field("Endpoint URL").inputValue(), "ftp://example.com");
  await hands.look();
  await hands.fill("Endpoint URL", receiver.url);
  await hands.fill("Description (optional)", "For the stock");
  await hands.fill("Search event types", eventType);
  const boxes = page.getByRole("group", { name: "Event types" }).getByRole("checkbox");
  assert.equal(await boxes.count(), 1, `only ${eventType} is found, not ${other}`);
  await hands.tick(boxes.first());
  await hands.says("1 selected");
  await hands.press(hands.fold("Advanced Configuration"));
  await hands.tick(page.getByLabel("Enable rate limiting"));
  await hands.fill("Most messages per second", "50");
  await hands.press(hands.button("Create"));
  await hands.says("50 messages a second");
  await hands.look();
  const endpoint = await story.tell();
  assert.deepEqual([endpoint.filterTypes, endpoint.rateLimit, endpoint.description], [[eventType], 50, "For the stock"]);
}

async function subscribe({ hands, tell }) {
  await hands.press(hands.link("Edit subscribed events"));
  await hands.heading("Subscribed events");
  await hands.look();
  await hands.press(hands.button("Clear"));
  await hands.says("None selected: all events are sent");
  await hands.press(hands.button("Save"));
  await hands.says("All events.");
  assert.equal((await tell()).filterTypes ?? null, null);
}

async function edit({ hands, tell, receiver }) {
  await hands.press(hands.link("Edit"));
  await hands.heading("Edit Endpoint");
  await hands.look();
  await hands.fill("Description (optional)", "For the stock of Oslo");
  await hands.press(hands.button("Save"));
  await hands.says("For the stock of Oslo");
  assert.equal((await tell()).url, receiver.url);
}

async function setUp({ hands, page, tell }) {
  await hands.press(hands.link("Advanced"));
  await hands.heading("Custom headers");
  await hands.look();
  await hands.fill("Messages per second", "60");
  await hands.press(hands.button("Save"));
  await eventually("the limit to be saved", async () => (await tell()).rateLimit === 60);
  await hands.heading("Custom headers");
  await hands.fill("Key", "x-tenant");
  await hands.fill("Value", "north");
  await hands.press(hands.button("Add Header"));
  await page.getByRole("rowheader", { name: "x-tenant" }).waitFor();
}

async function tryOut({ hands, page, receiver, eventType }) {
  await hands.press(hands.link("Testing"));
  await hands.heading("Send event");
  await hands.press(hands.link(eventType));
  await hands.look();
  await hands.press(hands.button("Send Example"));
  // It arrives by itself: nobody asks for the page again.
  await page.locator("#sent .badge", { hasText: "Delivered" }).waitFor();
  await hands.look();
  const { headers, body } = await receiver.next();
  assert.equal(headers["x-tenant"], "north");
  assert.deepEqual(JSON.parse(body), { n: 7 });
}

async function understand(story) {
  const { hands, page, receiver } = story;
  const id = await story.fail();
  await story.home();
  await hands.says(/^Every attempt since .* has failed\./);
  await hands.look();
  await hands.press(hands.link("Failed"));
  await page.waitForURL(/status=failed|failed/);
  await hands.press(hands.link(id));
  await hands.heading("Webhook Attempts");
  await hands.says("500");
  await hands.says("2 attempts made. It is not tried again by itself.");
  await hands.look();
  await hands.press(hands.button(`Resend to ${receiver.url}`));
  await page.locator("#outcome .badge", { hasText: "Delivered" }).waitFor();
  assert.equal((await receiver.next()).headers["webhook-id"], id);
}

async function recover(story) {
  const { hands, page, receiver } = story;
  const id = await story.fail();
  await story.home();
  await hands.press(hands.fold("Actions"));
  await hands.press(hands.link("Recover failed messages…"));
  await hands.heading("Messages from when?");
  await hands.press(hands.button("Count"));
  await page.getByRole("status").filter({ hasText: "1 message" }).waitFor();
  await hands.look();
  await hands.press(page.getByRole("button", { name: /^Recover 1/ }));
  await page.locator("#progress .badge", { hasText: "Finished" }).waitFor();
  await hands.look();
  assert.equal((await receiver.next()).headers["webhook-id"], id);
}

async function reveal({ hands, page }) {
  await hands.press(hands.button("Reveal"));
  return page.locator("#signing-key").textContent();
}

function signature(secret, { headers, body }) {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  return `v1,${crypto.createHmac("sha256", key).update(signed).digest("base64")}`;
}

async function rotate(story) {
  const { hands, house, app, eventType, receiver } = story;
  await story.home();
  assert.equal(await story.page.getByText("whsec_").count(), 0);
  const before = await reveal(story);
  await hands.look();
  await hands.press(hands.fold("Rotate Secret"));
  await hands.press(hands.button("Rotate"));
  await hands.says("The key before this one stays valid until");
  await hands.look();
  const after = await reveal(story);
  assert.notEqual(after, before);
  await house.message(app, eventType, { n: 3 });
  const arrived = await receiver.next();
  const signatures = arrived.headers["webhook-signature"].split(" ");
  assert.deepEqual(new Set(signatures), new Set([signature(after, arrived), signature(before, arrived)]));
}

async function pause(story) {
  const { hands, page, tell } = story;
  await story.home();
  await hands.press(hands.fold("Actions"));
  await hands.press(hands.button("Disable endpoint"));
  await hands.says(/^Disabled by a person or program/);
  await hands.look();
  assert.equal((await tell()).disabled, true);
  await hands.press(hands.fold("Actions"));
  await hands.press(hands.button("Enable endpoint"));
  await hands.says("The endpoint is enabled: events are sent to it again.");
  await page.locator(".head .badge", { hasText: "Enabled" }).waitFor();
  assert.equal((await tell()).disabled, false);
}

async function remove({ hands, tell }) {
  await hands.press(hands.fold("Actions"));
  await hands.press(hands.link("Delete…"));
  await hands.heading("Delete this endpoint?");
  await hands.look();
  await hands.press(hands.button("Delete"));
  await hands.says("The endpoint is deleted.");
  await hands.heading("No endpoints yet");
  await hands.look();
  assert.equal(await tell(), undefined);
}

const STEPS = { add, subscribe, edit, "set up": setUp, "try out": tryOut, understand, recover, rotate, pause, remove };

async function live(t, hands) {
  const house = await House.start(t);
  const story = await Story.begin(house, t, hands);
  story.tell = () => story.endpoint();
  for (const [name, step] of Object.entries(STEPS)) {
    await t.test(name, () => step(story));
  }
}

test("an endpoint's life with the mouse", (t) => live(t, Mouse));

test("an endpoint's life with the keyboard alone", (t) => live(t, Keyboard));

async function withoutScript(house, t) {
  const receiver = await Receiver.start(t, 500, 500);
  const app = await house.app();
  const [eventType, other] = [await house.eventType(), await house.eventType()];
  const page = await house.person(app, { javaScript: false });
  const hands = new Mouse(page);
  await hands.press(hands.link("Add Endpoint"));
  await hands.fill("Endpoint URL", receiver.url);
  await page.getByRole("checkbox", { name: eventType }).check();
  await hands.press(hands.button("Create"));
  await hands.says("The endpoint is there.");
  const own = page.url().split("?")[0];
  const { id } = await house.message(app, eventType, { n: 1 });
  await receiver.next();
  await receiver.next();
  // Reading, and filtering.
  await eventually("the failure to be shown", async () => {
    await page.goto(own);
    return page.getByText("Every attempt since").count();
  });
  await hands.press(hands.link("Failed"));
  await hands.press(hands.link(id));
  await hands.heading("Webhook Attempts");
  await hands.press(hands.button(`Resend to ${receiver.url}`));
  assert.equal((await receiver.next()).headers["webhook-id"], id);
  await hands.press(hands.link("Logs"));
  await hands.press(page.locator("summary", { hasText: "All" }).first());
  await page.getByRole("checkbox", { name: other }).check();
  await hands.press(hands.button("Filter"));
  await page.waitForURL(`**/logs?*${encodeURIComponent(other)}*`);
  assert.equal(await page.getByText(id).count(), 0);
  // Disabling.
  await page.goto(own);
  await hands.press(hands.fold("Actions"));
  await hands.press(hands.button("Disable endpoint"));
  await hands.says(/^Disabled by a person or program/);
  await hands.press(hands.fold("Actions"));
  await hands.press(hands.link("Delete…"));
  await hands.press(hands.button("Delete"));
  await hands.heading("No endpoints yet");
}

// While messages wait, the page says for what and until when, and lets go of it by itself.
async function throttled(house, t) {
  const receiver = await Receiver.start(t);
  const app = await house.app();
  const eventType = await house.eventType();
  const { id } = await house.endpoint(app, receiver.url, { throttleRate: 1 });
  const page = await house.person(app);
  for (let number = 0; number < 6; number += 1) {
    await house.message(app, eventType, { n: number });
  }
  await page.goto(`/app/${app.id}/endpoints/${id}`);
  await page.getByText(/^Throttled to 1\/s: \d waiting, clear in \d s\.$/).waitFor();
  await accessible(page);
  await page.getByText("Nothing waits: what comes goes out at once.").waitFor();
  assert.equal(await page.locator(".figures dd").first().textContent(), "6");
}

async function menus(house) {
  const app = await house.app();
  const { id } = await house.endpoint(app, "http://127.0.0.1:9/hook");
  const page = await house.person(app);
  await page.goto(`/app/${app.id}/endpoints/${id}`);
  const menu = page.locator("details.menu");
  const summary = menu.locator("summary");
  const isOpen = () => menu.evaluate((element) => element.open);
  for (const leave of [
    () => page.keyboard.press("Escape"),
    () => page.getByRole("heading", { level: 1 }).click(),
    () => page.getByRole("button", { name: "Reveal" }).focus(),
  ]) {
    await summary.click();
    assert.ok(await isOpen());
    await leave();
    await eventually("the menu to close", async () => !(await isOpen()));
  }
  await summary.click();
  await page.getByRole("link", { name: "Replay missing…" }).focus();
  await page.keyboard.press("Escape");
  assert.ok(await summary.evaluate((element) => element === document.activeElement));
}

async function looking(house) {
  const app = await house.app();
  const { id } = await house.endpoint(app, "http://127.0.0.1:9/a-path-that-is-longer-than-a-phone-is-wide-and-has-no-gap-in-it");
  const page = await house.person(app, { capabilities: ["ViewBase"], phone: true, dark: true });
  await page.goto(`/app/${app.id}/endpoints/${id}`);
  await page.getByRole("heading", { name: "Attempt Delivery Stats" }).waitFor();
  for (const name of ["Edit", "Reveal", "Rotate", "Delete…", "Disable endpoint"]) {
    assert.equal(await page.getByText(name, { exact: true }).count(), 0, name);
  }
  await fits(page);
  await accessible(page);
  const refused = await page.request.post(`/app/${app.id}/endpoints/${id}/disable`, { form: { form_key: await page.locator("[name=form_key]").first().inputValue() } });
  assert.equal(refused.status(), 403);
}

async function doubleClicked(house) {
  const app = await house.app();
  const page = await house.person(app);
  await page.goto(`/app/${app.id}/endpoints/new`);
  await page.getByLabel("Endpoint URL", { exact: true }).fill("http://127.0.0.1:9/once");
  let [sent, release] = [0, null];
  const clicked = new Promise((resolve) => { release = resolve; });
  // The answer takes longer than a double click.
  await page.route("**/endpoints/new", async (route) => {
    sent += 1;
    await clicked;
    await route.continue();
  });
  const { x, y } = await page.getByRole("button", { name: "Create" }).last().boundingBox();
  await page.mouse.click(x + 5, y + 5);
  await eventually("the form to be on its way", () => sent);
  await page.mouse.click(x + 5, y + 5);
  release();
  await page.getByRole("heading", { name: "http://127.0.0.1:9/once" }).waitFor();
  assert.equal(sent, 1);
  const { data } = await house.ask("GET", `/app/${app.id}/endpoint`);
  assert.equal(data.length, 1);
}

async function signedOut(house) {
  const app = await house.app();
  const page = await house.person(app);
  await page.goto(`/app/${app.id}/endpoints/new`);
  await page.getByLabel("Endpoint URL", { exact: true }).fill("http://127.0.0.1:9/kept");
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Check connection" }).click();
  await page.locator("#connection", { hasText: "You are not signed in any more." }).waitFor();
  assert.equal(await page.getByLabel("Endpoint URL", { exact: true }).inputValue(), "http://127.0.0.1:9/kept");
}

async function signedOutWaiting(house) {
  const app = await house.app();
  const { id } = await house.endpoint(app, "http://127.0.0.1:9/slowly", { throttleRate: 1 });
  const type = await house.eventType();
  for (let number = 0; number < WAITING; number += 1) await house.message(app, type, { number });
  const page = await house.person(app);
  await page.goto(`/app/${app.id}/endpoints/${id}`);
  await page.context().clearCookies();
  await page.waitForURL(/\/login\?return_to=/);
}

test("an endpoint", async (t) => {
  const house = await House.start(t);
  await t.test("is made once by a double click", () => doubleClicked(house));
  await t.test("says so when its maker is not signed in any more", () => signedOut(house));
  await t.test("leads to the sign-in a page that looks again by itself", () => signedOutWaiting(house));
  await t.test("is made, read, filtered, resent to and disabled without JavaScript", () => withoutScript(house, t));
  await t.test("says what holds its messages back", () => throttled(house, t));
  await t.test("has a menu that closes when somebody goes elsewhere", () => menus(house));
  await t.test("is only looked at by those who may not manage it", () => looking(house));
});

// Nobody asks for the page again, and it tells of the retry that helped.
test("an endpoint that recovers is shown to do so", async (t) => {
  const house = await House.start(t, { WIREPOST_RETRY_SCHEDULE: "8s" });
  const receiver = await Receiver.start(t, 500);
  const app = await house.app();
  const { id } = await house.endpoint(app, receiver.url);
  const page = await house.person(app);
  await house.message(app, await house.eventType(), { n: 1 });
  await receiver.next();
  await eventually("the failure to be on record", async () => {
    await page.goto(`/app/${app.id}/endpoints/${id}`);
    return page.getByText("Every attempt since").count();
  });
  assert.match(await page.locator("#state").innerText(), /^Failing\s+since /);
  await page.getByText(/1 of 2 attempts used, next at/).waitFor();
  await receiver.next();
  await page.getByText("Nothing waits: what comes goes out at once.").waitFor();
  assert.equal(await page.locator("#state").innerText(), "Enabled");
});
