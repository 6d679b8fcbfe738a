/** A provider of single sign-on on loopback: real OpenID Connect, whoever types a name is that person. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export interface TestProvider {
  discoveryUrl: string;
  clientId: string;
  clientSecret: string;
  /**
   * What a browser does at the provider's own pages: says who it is and agrees, or cancels.
   * @param authorizationUrl where Quorate sent it
   * @returns where the provider sends it back to
   */
  answer(authorizationUrl: string, as: { login: string } | "cancel"): Promise<string>;
  stop(): Promise<void>;
}

/** @param options.redirectUris where it may send people; `claims` of each login besides the subject, which is the login */
export async function startTestProvider(options: {
  redirectUris: string[];
  claims: Record<string, Record<string, string>>;
}): Promise<TestProvider> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [clientId, clientSecret] = ["quorate", "a secret of the provider and its client"];
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: options.redirectUris }],
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email"] },
    cookies: { keys: ["for tests alone"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...options.claims[id] }) }),
  });
  server.on("request", provider.callback());
  return {
    ...{ discoveryUrl: `${issuer}/.well-known/openid-configuration`, clientId, clientSecret },
    answer: (authorizationUrl, as) => answerAt(issuer, authorizationUrl, as),
    stop: () => stop(server),
  };
}

/** Through login and consent, with the cookies of one browser. */
async function answerAt(issuer: string, authorizationUrl: string, as: { login: string } | "cancel"): Promise<string> {
  const jar = new Map<string, string>();
  let next: { url: string; form?: Record<string, string> } = { url: authorizationUrl };
  for (let hops = 0; hops < 20; hops++) {
    const response = await fetch(next.url, {
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(next.form && { method: "POST", body: new URLSearchParams(next.form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get("location");
    if (location !== null) {
      const url = new URL(location, next.url).href;
      if (!url.startsWith(issuer)) return url;
      next = { url };
      continue;
    }
    const page = await response.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (prompt === undefined) throw new Error(`the provider answers ${response.status}: ${page}`);
    if (as === "cancel") next = { url: `${next.url}/abort` };
    else next = { url: next.url, form: { prompt, login: as.login, password: "any" } };
  }
  throw new Error("the provider leads in a circle");
}

async function stop(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}
