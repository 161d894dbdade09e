// The real `oidc-provider` on this machine, for tests of the console's sign-in. Takes one argument, a file of JSON:
// port, client, keys (private JWKs) and accounts, which is read again at every sign-in and renewal, so that a test
// changes roles, closes an account, or has an answer spoilt.
import { readFileSync } from "node:fs";
import Provider, { interactionPolicy } from "oidc-provider";

const file = process.argv[2];
const configured = () => JSON.parse(readFileSync(file, "utf8"));
const { port, client, keys } = configured();
const issuer = `http://localhost:${port}`;
const FACTOR = "urn:sqn:mfa";

// Who asks for the second factor gets the sign-in page again, as far as the present sign-in does not show it.
const policy = interactionPolicy.base();
policy.get("login").checks.add(
  new interactionPolicy.Check("second_factor", "a second factor is asked for", ({ oidc }) => {
    const isMissing = (oidc.params.acr_values ?? "").split(" ").includes(FACTOR) && oidc.acr !== FACTOR;
    return isMissing && !oidc.result?.login;
  }),
);

const provider = new Provider(issuer, {
  clients: [client],
  jwks: { keys },
  acrValues: [FACTOR],
  scopes: ["openid", "profile"],
  claims: { openid: ["sub"], profile: ["name"], acr: null },
  cookies: { keys: ["of-a-test"] },
  findAccount: (_context, id) => {
    const account = configured().accounts[id];
    return account && { accountId: id, claims: () => ({ sub: id }) };
  },
  extraTokenClaims: async (context, token) => {
    const { roles, place, name } = configured().accounts[token.accountId];
    const session = await provider.Session.findByUid(token.sessionUid);
    return { roles, place, name, ...(session?.acr ? { acr: session.acr } : {}) };
  },
  issueRefreshToken: () => configured().renews ?? true,
  rotateRefreshToken: true,
  // It calls no address of this machine by itself.
  fetch: (url, { dispatcher: _dispatcher, ...options }) => fetch(url, options),
  interactions: { policy, url: (_context, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: (context, form) => (context.body = form) },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:sqn",
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "openid profile",
        audience: configured().audience ?? "sqn",
        accessTokenFormat: "jwt",
        accessTokenTTL: 120,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
  ttl: { Session: 86400, Grant: 86400, RefreshToken: 86400, AccessToken: 120, IdToken: 120, Interaction: 600 },
});

// Who signs in is named in a header: people's passwords are the provider's matter, and not tested here.
provider.use(async (context, next) => {
  if (!context.path.startsWith("/interaction/")) return next();
  const { prompt, params } = await provider.interactionDetails(context.req, context.res);
  if (prompt.name === "login") {
    const wanted = (params.acr_values ?? "").split(" ").includes(FACTOR);
    const acr = wanted && context.get("x-second-factor") ? { acr: FACTOR } : {};
    const login = { accountId: context.get("x-account"), ...acr };
    return provider.interactionFinished(context.req, context.res, { login });
  }
  const session = await provider.Session.get(context);
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid profile");
  grant.addResourceScope("urn:sqn", "openid profile");
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(context.req, context.res, { consent }, { mergeWithLastSubmission: true });
});

provider.listen(port, "127.0.0.1");
