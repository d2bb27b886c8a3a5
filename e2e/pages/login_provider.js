// A company's own sign-in: the published oidc-provider, where whoever types a name is believed. What it says of a name
// is what the test told it.
"use strict";

const { pathToFileURL } = require("node:url");
const { listening } = require("../node/listening.js");

const CLIENT_ID = "wirepost:pages";
const CLIENT_SECRET = "a secret / of the pages, with 40 letters";
const CLAIMS = ["name", "tenant", "roles"];

class LoginProvider {
  // What is said of each name: `{name, tenant, roles}`.
  people = {};
  #provider;

  // A provider that knows nobody yet to whom it could send people back.
  static async start(test) {
    const server = new LoginProvider();
    server.url = await listening(test, (request, response) => server.#answer(request, response));
    return server;
  }

  // Sends people back to `redirect` from now on.
  async knows(redirect) {
    // `import` alone does not look where NODE_PATH says.
    const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
    this.#provider = new Provider(this.url, {
      clients: [{
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        grant_types: ["authorization_code"],
        response_types: ["code"],
        redirect_uris: [redirect],
      }],
      claims: { openid: ["sub"], profile: CLAIMS },
      conformIdTokenClaims: false,
      cookies: { keys: ["of the tests"] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/who/${interaction.uid}` },
      pkce: { required: () => true },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...this.people[id] }) }),
      loadExistingGrant: (context) => this.#grant(context.oidc),
    });
  }

  // The variables of a server whose people sign in here.
  get variables() {
    return {
      WIREPOST_OIDC_ISSUER: this.url,
      WIREPOST_OIDC_CLIENT_ID: CLIENT_ID,
      WIREPOST_OIDC_CLIENT_SECRET: CLIENT_SECRET,
      WIREPOST_OIDC_NAME: "Sign in with Example",
      WIREPOST_OIDC_APP_CLAIM: "tenant",
      WIREPOST_OIDC_CAPABILITIES_CLAIM: "roles",
      WIREPOST_OIDC_CAPABILITIES: "Webhooks,Watchers=ViewBase,Operators=Admin",
    };
  }

  // Nobody is asked whether what was asked for may be told.
  async #grant({ client, session, params }) {
    const grant = new this.#provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(params.scope);
    await grant.save();
    return grant;
  }

  async #answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.url);
    if (!pathname.startsWith("/who/")) {
      this.#provider.callback()(request, response);
    } else if (searchParams.has("name")) {
      await this.#provider.interactionFinished(request, response, { login: { accountId: searchParams.get("name") } });
    } else {
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><title>Example</title><form><label>Name <input name="name"></label><button>Let me in</button></form>`);
    }
  }
}

module.exports = { LoginProvider };
