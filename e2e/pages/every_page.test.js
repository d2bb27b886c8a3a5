// What must hold of every page there is: it can be used by everybody, it fits a phone, and no text of anybody's becomes
// part of it.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { TEXTS, customer, pages } = require("./customer.js");
const { House, accessible, fits } = require("./house.js");

// What becomes an element, or runs, wherever it is not shown as text.
const MARKUP = `"'><img class=evil src=x onerror="document.title='evil'"><script class=evil>document.title='evil'</script>{{7*7}}`;

async function looked(house, addresses, look, found) {
  const page = await house.operator(look);
  for (const [name, address] of Object.entries(addresses)) {
    const answer = await page.goto(address);
    assert.equal(answer.status(), 200, `${name}: ${address}`);
    await found(page);
  }
}

async function isOnlyText(page) {
  assert.equal(await page.locator(".evil").count(), 0, page.url());
  assert.doesNotMatch(await page.title(), /^evil/);
}

test("every page", async (t) => {
  const house = await House.start(t);
  const addresses = pages(await customer(house, t));
  await t.test("can be used by everybody", () => looked(house, addresses, {}, accessible));
  await t.test("can be used in the dark", () => looked(house, addresses, { dark: true }, accessible));
  await t.test("fits a phone", () => looked(house, addresses, { phone: true }, async (page) => {
    await fits(page);
    await accessible(page);
  }));
});

test("no text becomes part of a page", async (t) => {
  const house = await House.start(t);
  const texts = Object.fromEntries(Object.keys(TEXTS).map((name) => [name, `${name} ${MARKUP}`]));
  const addresses = pages(await customer(house, t, texts));
  await looked(house, addresses, {}, isOnlyText);
});
