// A customer's server: keeps what arrives, and answers with the statuses it was given, then with 204.
"use strict";

const { EventEmitter, once } = require("node:events");
const { listening } = require("./listening.js");

const LONGEST_WAIT_MS = 30_000;

class Receiver {
  #arrived = [];
  #events = new EventEmitter();
  #statuses;

  static async start(test, ...statuses) {
    const receiver = new Receiver();
    receiver.#statuses = statuses;
    receiver.url = `${await listening(test, (request, response) => receiver.#receive(request, response))}/hook`;
    return receiver;
  }

  async #receive(request, response) {
    const chunks = await request.toArray();
    this.#arrived.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(this.#statuses.shift() ?? 204).end();
    this.#events.emit("arrived");
  }

  isEmpty() {
    return this.#arrived.length === 0;
  }

  // Headers and body of the next request.
  async next() {
    while (this.#arrived.length === 0) {
      await once(this.#events, "arrived", { signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
    }
    return this.#arrived.shift();
  }
}

module.exports = { Receiver, LONGEST_WAIT_MS };
