// The pages in a real browser, against the real server: people who sign in, and what must hold wherever they go. No
// page asks anything of another origin, breaks its own security policy, or throws; whoever looks through `person`
// finds out at the end of the test.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const { chromium } = require("playwright-core");
const { PlainSetting, eventually, fresh } = require("../node/setting.js");

const LONGEST_WAIT_MS = 30_000;
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
// What keeps a browser without a network from looking for one.
const FLAGS = [
  "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-quic",
  "--disable-sync", "--no-first-run", "--no-sandbox",
];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
// Of what axe finds, what must not be.
const GRAVE = new Set(["serious", "critical"]);

class House {
  #browser;
  #test;

  // A server with these variables beside the usual ones, and a browser; both end with the test.
  static async start(test, variables = {}) {
    const house = new House();
    house.setting = await PlainSetting.start(test, variables);
    house.url = house.setting.url;
    house.#test = test;
    house.#browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    test.after(() => house.#browser.close());
    return house;
  }

  // The answer of the API to the organisation.
  ask(method, path, body, type) {
    return this.setting.ask(method, path, body, type);
  }

  // A fresh app: `{id, uid, name}`.
  app(name = "A customer") {
    return this.ask("POST", "/app", { name, uid: fresh("customer") });
  }

  // An event type that is new; its example is `{"n":7}`.
  async eventType(name = fresh("asset")) {
    const schemas = { 1: { type: "object", properties: { n: { type: "integer" } }, examples: [{ n: 7 }] } };
    await this.ask("POST", "/event-type", { name, description: `Tells of ${name}`, schemas });
    return name;
  }

  // An endpoint of the app with this URL.
  endpoint(app, url, more = {}) {
    return this.ask("POST", `/app/${app.id}/endpoint`, { url, ...more });
  }

  // A message to the app.
  message(app, eventType, payload = { n: 1 }, more = {}) {
    return this.ask("POST", `/app/${app.id}/msg`, { eventType, payload, ...more });
  }

  // A page of a browser of its own, looked at by nobody known. `look`: {javaScript, phone, dark}, and for who signs in
  // elsewhere or looks from another page {leavesFor: origin, breaks: what of our policy}.
  async stranger(look = {}) {
    const context = await this.#browser.newContext({
      baseURL: this.url,
      javaScriptEnabled: look.javaScript ?? true,
      viewport: look.phone ? PHONE : DESKTOP,
      colorScheme: look.dark ? "dark" : "light",
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(LONGEST_WAIT_MS);
    this.#watch(context, look);
    return context.newPage();
  }

  // A page of a person who came by the app's portal link, at the first page. `look` as for `stranger`, and
  // {capabilities, readOnly}, which the link was made with.
  async person(app, { capabilities, readOnly, ...look } = {}) {
    const page = await this.stranger(look);
    const { url } = await this.ask("POST", `/auth/app-portal-access/${app.id}`, { capabilities, readOnly });
    await page.goto(url);
    if (look.javaScript === false) {
      await page.getByRole("button", { name: "Continue" }).click();
    }
    await page.waitForURL("**/app/**");
    return page;
  }

  // A page of the operator, who signed in with the organisation's token, at the first page.
  async operator(look = {}) {
    const page = await this.stranger(look);
    await page.goto("/login");
    await page.getByLabel("Access token").fill(this.setting.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/apps");
    return page;
  }

  #watch(context, { leavesFor, breaks }) {
    const faults = [];
    const origins = [new URL(this.url).origin, leavesFor];
    context.on("request", (request) => {
      if (!request.url().startsWith("data:") && !origins.includes(new URL(request.url()).origin)) {
        faults.push(`left the origin: ${request.url()}`);
      }
    });
    context.on("weberror", (error) => faults.push(`threw: ${error.error().stack}`));
    context.on("console", (message) => {
      const text = message.text();
      if (/Content Security Policy|^csp:/i.test(text) && !breaks?.test(text)) faults.push(text);
    });
    const tell = () => document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`csp: ${event.violatedDirective} refused ${event.blockedURI}`);
    });
    this.#test.after(() => assert.deepEqual(faults, []));
    return context.addInitScript(tell);
  }
}

// Nothing on the page, as it is now, keeps somebody from using it.
async function accessible(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const grave = violations.filter(({ impact }) => GRAVE.has(impact));
  const told = grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
  assert.deepEqual(told, [], page.url());
}

// Nothing stands beside the page: a phone does not have to be pushed sideways.
async function fits(page) {
  const [wanted, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wanted <= shown, `${page.url()} is ${wanted} wide on a screen of ${shown}`);
}

// The keyboard's focus comes to this by the tabulator alone.
async function reach(page, wanted) {
  for (let step = 0; step < 200; step += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      return wanted;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`the tabulator does not reach ${wanted} on ${page.url()}`);
}

// The same for what has this role and name.
function tabTo(page, role, name) {
  return reach(page, page.getByRole(role, { name, exact: true }).first());
}

module.exports = { House, accessible, eventually, fits, fresh, reach, tabTo };
