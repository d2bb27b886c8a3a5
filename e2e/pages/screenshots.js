// Takes a picture of every page, for a desktop and a phone, light and dark: `screenshots.js DIRECTORY`.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { customer, pages } = require("./customer.js");
const { House } = require("./house.js");

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

async function take(directory) {
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
  } finally {
    await ends.all();
  }
}

take(process.argv[2] ?? "screenshots").catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
