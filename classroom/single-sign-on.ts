/**
 * Single sign-on: a provider of the school's own that speaks OpenID Connect, through better-auth's generic plugin.
 *
 * Whoever it vouches for is let in as a student. Nobody becomes an instructor by it: an invited one connects it to
 * themselves while signed in, and so comes back by it. Mail addresses and tokens of the provider are not kept, and nobody
 * is ever taken for somebody else because of a mail address.
 */
import { createHash } from "node:crypto";
import { genericOAuth } from "better-auth/plugins/generic-oauth";
import { displayName } from "./display-name.ts";

export interface SingleSignOn {
  /** On the button. */
  name: string;
  /** `https://.../.well-known/openid-configuration`. */
  discoveryUrl: string;
  clientId: string;
  clientSecret: string;
}

/** Part of the address that the provider leads back to: `/api/auth/callback/oidc`. */
export const SINGLE_SIGN_ON = "oidc";
/** Where pages say what went wrong. */
export const SIGN_IN_PAGE = "/sign-in";

/** Whether better-auth answers this with the provider. Everything else works without asking it, also when it is down. */
export function isSingleSignOn(pathname: string): boolean {
  return ["/sign-in/social", "/link-social", `/callback/${SINGLE_SIGN_ON}`].some(
    (path) => pathname === `/api/auth${path}`,
  );
}

/** The form of a class that somebody came to by its code. */
const joining = /^\/join\?code=[A-Za-z0-9-]{1,40}$/;

/**
 * The request that begins it, with what better-auth is to be told: a browser says nothing but where it came from.
 *
 * @returns one that leads home afterwards, or back to the joining of a class
 */
export async function askedForSingleSignOn(request: Request): Promise<Request> {
  const said = (await request.json().catch(() => ({}))) as { back?: unknown } | null;
  const back = typeof said?.back === "string" && joining.test(said.back) ? said.back : "/";
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  headers.set("content-type", "application/json");
  const body = {
    provider: SINGLE_SIGN_ON,
    callbackURL: back,
    newUserCallbackURL: back,
    errorCallbackURL: SIGN_IN_PAGE,
  };
  return new Request(request.url, { method: "POST", headers, body: JSON.stringify(body) });
}

export function singleSignOn({ name, discoveryUrl, clientId, clientSecret }: SingleSignOn) {
  return genericOAuth({
    config: [
      {
        ...{ providerId: SINGLE_SIGN_ON, name, discoveryUrl, clientId, clientSecret },
        scopes: ["openid", "profile"],
        requireIdTokenVerification: true,
        pkce: true,
        mapProfileToUser: (profile) => ({
          name: nameOf(profile),
          // better-auth needs one that is unique, and takes two with the same for one person.
          email: `${createHash("sha256").update(`${discoveryUrl} ${profile.sub}`).digest("hex")}@no-mail.invalid`,
          emailVerified: false,
          image: undefined,
        }),
      },
    ],
  });
}

/** What the provider calls them, as far as it can be shown. */
function nameOf(profile: Record<string, unknown>): string {
  for (const claim of [profile.name, profile.given_name, profile.nickname, profile.preferred_username]) {
    const name = typeof claim === "string" ? displayName(claim) : undefined;
    if (name !== undefined) return name;
  }
  return "Student";
}

/** A sign-in by a provider is an account row; the keys to other services that came with it are not kept. */
export const withoutTokens = {
  account: {
    create: { before: async (account: object) => ({ data: { ...account, ...noTokens } }) },
    update: { before: async (account: object) => ({ data: { ...account, ...noTokens } }) },
  },
};
const noTokens = {
  ...{ accessToken: null, refreshToken: null, idToken: null },
  ...{ accessTokenExpiresAt: null, refreshTokenExpiresAt: null },
};
