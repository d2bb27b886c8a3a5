// Receivers that cope with a known rate: one lets those beyond it wait, the other refuses them.
"use strict";

const { setInterval: ticks } = require("node:timers/promises");
const { listening } = require("../node/listening.js");

const TICK_MS = 2;

class SlowReceiver {
  // When each request came, in milliseconds.
  came = [];
  #rate;
  #waiting = [];

  // Takes so many a second, one after the other.
  static queueing(test, rate) {
    const receiver = new SlowReceiver(rate);
    return receiver.#start(test, (response) => receiver.#waiting.push(response));
  }

  // Answers 429 to those beyond so many a second, and forgives a burst of half a second.
  static refusing(test, rate) {
    let left = rate / 2;
    let seenAt = performance.now();
    return new SlowReceiver(rate).#start(test, (response) => {
      const now = performance.now();
      left = Math.min(rate / 2, left + ((now - seenAt) * rate) / 1000);
      seenAt = now;
      if (left >= 1) left -= 1; else response.statusCode = 429;
      response.end();
    });
  }

  constructor(rate) {
    this.#rate = rate;
  }

  async #start(test, answer) {
    this.url = await listening(test, (request, response) => {
      this.came.push(performance.now());
      request.resume().once("end", () => {
        answer(response);
      });
    });
    const end = new AbortController();
    test.after(() => end.abort());
    this.#serve(end.signal).catch(() => {});
    return this;
  }

  // Those that wait are answered one by one, as the rate allows.
  async #serve(signal) {
    let credit = 0;
    let before = performance.now();
    for await (const _ of ticks(TICK_MS, undefined, { signal })) {
      const now = performance.now();
      credit += ((now - before) * this.#rate) / 1000;
      before = now;
      while (credit >= 1 && this.#waiting.length > 0) {
        credit -= 1;
        this.#waiting.shift().end();
      }
      // What was not used is gone: it is a rate and no stock.
      if (this.#waiting.length === 0) credit = Math.min(credit, 1);
    }
  }

  // The most that came within any second.
  most() {
    let first = 0;
    return this.came.reduce((most, at, last) => {
      while (this.came[first] < at - 1000) first += 1;
      return Math.max(most, last - first + 1);
    }, 0);
  }
}

module.exports = { SlowReceiver };
