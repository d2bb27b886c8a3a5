// An independent OAuth 2.0 server: the published oidc-provider, with one client that gets tokens by client credentials.
"use strict";

const { pathToFileURL } = require("node:url");
const { listening } = require("./listening.js");

const CLIENT_ID = "wirepost:tests";
const CLIENT_SECRET = "a secret / of the tests, with 40 letters";

class TokenServer {
  // The instants of the grants, in milliseconds of `performance`.
  grantedAt = [];
  refused = [];
  // Where the secret stood in each request for a token.
  proofs = [];
  #provider;

  // Tokens live for `seconds`.
  static async start(test, seconds = 3600) {
    const server = new TokenServer();
    // `import` alone does not look where NODE_PATH says.
    const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
    const url = await listening(test, (request, response) => {
      server.proofs.push(request.headers.authorization ? "header" : "body");
      server.#provider.callback()(request, response);
    });
    server.#provider = new Provider(url, {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          grant_types: ["client_credentials"],
          response_types: [],
          redirect_uris: [],
          scope: "webhooks assets",
        },
      ],
      scopes: ["webhooks", "assets"],
      cookies: { keys: ["unused"] },
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      ttl: { ClientCredentials: seconds },
    });
    server.#provider.on("grant.success", () => server.grantedAt.push(performance.now()));
    server.#provider.on("grant.error", (_, error) => server.refused.push(error.error));
    server.url = `${url}/token`;
    return server;
  }

  get granted() {
    return this.grantedAt.length;
  }

  // The token in this header as the server knows it, or undefined once it has expired or was revoked.
  async known(authorization) {
    const token = await this.#provider.ClientCredentials.find(authorization.replace(/^Bearer /, ""));
    return token?.isValid ? token : undefined;
  }

  async revoke(authorization) {
    await (await this.known(authorization)).destroy();
  }
}

module.exports = { TokenServer, CLIENT_ID, CLIENT_SECRET };
