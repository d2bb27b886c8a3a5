// Stands between a client and the server and writes down what was asked and with which status it was answered. It
// passes everything on unchanged, so a client needs no other setting than its server URL.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { listening } = require("./listening.js");

const folder = process.env.WIREPOST_RECORDS;

// Without `WIREPOST_RECORDS` nothing is written down.
function note(request, status) {
  if (folder) {
    const asked = request.url.split("?")[0];
    fs.appendFileSync(path.join(folder, "node.part"), `${request.method} ${asked} ${status}\n`);
  }
}

// The witness of one server, for as long as the test lasts.
function witness(test, serverUrl) {
  return listening(test, (request, response) => {
    const { method, headers } = request;
    const onward = http.request(serverUrl + request.url, { method, headers }, (answer) => {
      note(request, answer.statusCode);
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", (error) => response.destroy(error));
    request.pipe(onward);
  });
}

module.exports = { witness };
