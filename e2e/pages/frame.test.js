// What is around every page: who may see it, the way from section to section, and that it suits eyes, hands and
// screens of all kinds.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { House, accessible, fits, tabTo } = require("./house.js");

const SECTIONS = ["Endpoints"];

async function sections(house) {
  const page = await house.person(await house.app());
  for (const section of SECTIONS) {
    await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: section }).click();
    await page.getByRole("heading", { level: 1, name: section }).waitFor();
    assert.equal(await page.locator("[aria-current=page]").first().textContent(), section);
    await accessible(page);
  }
}

async function phones(house) {
  const page = await house.person(await house.app("A customer with a name that is longer than a phone is wide"), { phone: true, dark: true });
  for (const section of SECTIONS) {
    await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: section }).click();
    await page.getByRole("heading", { level: 1, name: section }).waitFor();
    await fits(page);
    await accessible(page);
  }
}

async function keyboards(house) {
  const page = await house.person(await house.app());
  await (await tabTo(page, "link", "Skip to content")).press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  await page.goto("/");
  await (await tabTo(page, "link", "Endpoints")).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
}

async function missing(house) {
  const page = await house.person(await house.app());
  const answer = await page.goto("/app/app_nobody/endpoints");
  assert.equal(answer.status(), 404);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await accessible(page);
}

test("the frame of the pages", async (t) => {
  const house = await House.start(t);
  await t.test("leads from section to section", () => sections(house));
  await t.test("suits a phone in the dark", () => phones(house));
  await t.test("is reached by the keyboard", () => keyboards(house));
  await t.test("says when there is no such page", () => missing(house));
});
