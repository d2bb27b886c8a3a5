// A listener on a free port that ends with its test.
"use strict";

const http = require("node:http");

// The URL at which `answer` is asked.
async function listening(test, answer) {
  const server = http.createServer(answer);
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

module.exports = { listening };
