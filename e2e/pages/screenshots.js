// Takes a picture of every page, for a desktop and a phone, light and dark: `screenshots.js DIRECTORY`. With a second
// directory, the small ones that the README shows as well.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { customer, pages } = require("./customer.js");
const { House } = require("./house.js");

const OF_README = ["endpoint-failing", "logs"];
const README_SIZE = { width: 1280, height: 880 };
const LOOKS = [{}, { dark: true }, { phone: true }, { phone: true, dark: true }];

// What `House` wants of a test, for somebody who is none: what is to be done at the end.
class Ends {
  #ends = [];

  after(end) {
    this.#ends.unshift(end);
  }

  async all() {
    for (const end of this.#ends) await end();
  }
}

async function take(directory, ofReadme) {
  const ends = new Ends();
  try {
    const house = await House.start(ends);
    const shown = pages(await customer(house, ends));
    for (const look of LOOKS) {
      const kind = `${look.phone ? "phone" : "desktop"}-${look.dark ? "dark" : "light"}`;
      fs.mkdirSync(path.join(directory, kind), { recursive: true });
      const stranger = await house.stranger(look);
      await stranger.goto("/login");
      await stranger.screenshot({ path: path.join(directory, kind, "login.png") });
      const page = await house.operator(look);
      for (const [name, address] of Object.entries(shown)) {
        await page.goto(address);
        await page.screenshot({ path: path.join(directory, kind, `${name}.png`), fullPage: true });
      }
    }
    if (ofReadme) {
      const page = await house.operator();
      await page.setViewportSize(README_SIZE);
      for (const name of OF_README) {
        await page.goto(shown[name]);
        await page.screenshot({ path: path.join(ofReadme, `${name}.png`) });
      }
    }
  } finally {
    await ends.all();
  }
}

take(process.argv[2] ?? "screenshots", process.argv[3]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
