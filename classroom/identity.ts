/**
 * Who asks.
 *
 * Self-paced: whoever reaches the server is the local learner. Shared: a session of better-auth, which the administrator
 * gets through the one-time link printed at start, and students through the code of a class; both also by a provider of
 * the school's own, where one is named.
 */
import { betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";
import { createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";
import type { Database } from "../database/database.ts";
import { newId } from "../database/ids.ts";
import { classSignIn } from "./class-sign-in.ts";
import { clientAddress } from "./client-address.ts";
import { type CodeTries, codeTries } from "./code-tries.ts";
import type { Person } from "./person.ts";
import { redeemLink } from "./sign-in-links.ts";
import {
  askedForSingleSignOn,
  isSingleSignOn,
  SIGN_IN_PAGE,
  SINGLE_SIGN_ON,
  type SingleSignOn,
  singleSignOn,
  withoutTokens,
} from "./single-sign-on.ts";

export interface Identity {
  /** Undefined for a visitor who is not signed in; never in self-paced mode. */
  identify(headers: Headers): Promise<Person | undefined>;
  /** Answers `/api/auth/*`. The scheme comes from `x-forwarded-proto`, which the gateway sets. */
  authenticate(request: Request): Promise<Response>;
}

/** Thirty days: a workshop and the weeks after it. */
const signedInForSeconds = 30 * 24 * 60 * 60;

/** Begun at a provider from one address in ten minutes: a class of 300 behind one comes in at once, and again. */
const singleSignOnsMost = 1_000;

/**
 * @param options.secret signs the cookies; the same over restarts
 * @param options.singleSignOn the provider of the school's own; asked only when somebody signs in by it
 */
export function openIdentity(options: {
  mode: "self-paced" | "shared";
  database: Database;
  secret: string;
  singleSignOn?: SingleSignOn | undefined;
}): Identity {
  if (options.mode === "self-paced") return localIdentity(options.database);
  // Cookies are Secure exactly when the connection is, and better-auth decides that once: hence two of it.
  const tries = codeTries();
  const plain = authOver({ ...options, tries }, false);
  const secure = authOver({ ...options, tries }, true);
  const provider = options.singleSignOn;
  const begun = codeTries({ most: singleSignOnsMost, everybodyMost: 5 * singleSignOnsMost });
  const [plainProvider, secureProvider] = [false, true].map(
    (isSecure) => provider && authOver({ ...options, tries, provider }, isSecure),
  );
  return {
    identify: async (headers) => {
      for (const auth of [secure, plain]) {
        const session = await auth.api.getSession({ headers });
        if (session) return options.database.people.find(session.user.id);
      }
      return undefined;
    },
    authenticate: async (request) => {
      const isSecure = request.headers.get("x-forwarded-proto") === "https";
      if (!isSingleSignOn(new URL(request.url).pathname)) return (isSecure ? secure : plain).handler(request);
      const auth = isSecure ? secureProvider : plainProvider;
      if (!auth) return refused(404, "This Quorate has no single sign-on.");
      if (request.method === "POST") {
        const address = clientAddress(request.headers);
        if (begun.waitSeconds(address) > 0) {
          return refused(429, "Too many people sign in from this network at once. Try it again in some minutes.");
        }
        begun.wrong(address);
        return auth.handler(await askedForSingleSignOn(request));
      }
      return auth.handler(request);
    },
  };
}

function refused(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

function localIdentity(database: Database): Identity {
  let learner: Promise<Person> | undefined;
  return {
    identify: async () => {
      learner ??= database.people.localLearner();
      try {
        return await learner;
      } catch (error) {
        learner = undefined;
        throw error;
      }
    },
    authenticate: async () =>
      new Response("There is nothing to sign in to: this server is for one learner.\n", { status: 404 }),
  };
}

function authOver(
  options: { database: Database; secret: string; tries: CodeTries; provider?: SingleSignOn },
  secure: boolean,
) {
  return betterAuth({
    appName: "Quorate",
    secret: options.secret,
    basePath: "/api/auth",
    // A provider leads back to the name under which this browser came. To better-auth every site is then one of ours, so
    // the way on is never taken from the request (`askedForSingleSignOn`).
    ...(options.provider && { baseURL: { allowedHosts: ["*"], protocol: secure ? "https" : "http" } as const }),
    // Under whichever name the browser came: the gateway has checked it, and refuses other origins.
    trustedOrigins: (request) => {
      const host = request?.headers.get("x-forwarded-host");
      return host ? [`${secure ? "https" : "http"}://${host}`] : [];
    },
    database: prismaAdapter(options.database.prisma, { provider: "postgresql" }),
    user: {
      modelName: "person",
      additionalFields: { role: { type: "string", input: false, defaultValue: "student" } },
    },
    session: { modelName: "signIn", fields: { userId: "personId" }, expiresIn: signedInForSeconds },
    account: {
      ...{ modelName: "account", fields: { userId: "personId" } },
      accountLinking: {
        // Only by somebody who is signed in and asks for it: a mail address makes nobody somebody else.
        ...{ disableImplicitLinking: true, allowDifferentEmails: true, trustedProviders: [SINGLE_SIGN_ON] },
      },
    },
    databaseHooks: withoutTokens,
    onAPIError: { errorURL: SIGN_IN_PAGE },
    verification: { modelName: "verification" },
    advanced: {
      useSecureCookies: secure,
      cookiePrefix: "quorate",
      database: { generateId: () => newId() },
      // The gateway writes the address that it believes.
      ipAddress: { ipAddressHeaders: ["x-forwarded-for"] },
    },
    telemetry: { enabled: false },
    // Its warning about a fixed base URL does not apply: the gateway has checked the name that the browser used.
    logger: { level: "error" },
    // A class behind one address joins at once; wrong codes are counted by `tries`.
    rateLimit: { enabled: false },
    plugins: [
      oneTimeLink(options.database),
      classSignIn(options.database, options.tries),
      ...(options.provider ? [singleSignOn(options.provider)] : []),
    ],
  });
}

/** Signs in whoever opens an unused link, and leads to the home page. */
function oneTimeLink(database: Database) {
  return {
    id: "one-time-link",
    endpoints: {
      useOneTimeLink: createAuthEndpoint(
        "/one-time-link",
        { method: "GET", query: z.object({ token: z.string().max(100) }) },
        async (context) => {
          const redeemed = await redeemLink(database, context.query.token);
          const user = redeemed?.personId
            ? await context.context.internalAdapter.findUserById(redeemed.personId)
            : undefined;
          if (!user) {
            return new Response(
              "This link was used before, or is too old. An instructor gets a new one from the administrator; the administrator starts Quorate again.\n",
              { status: 410, headers: { "content-type": "text/plain; charset=utf-8" } },
            );
          }
          const session = await context.context.internalAdapter.createSession(user.id);
          await setSessionCookie(context, { session, user });
          await database.audit.record({
            actor: { id: user.id, name: user.name },
            ...{ action: "sign-in by one-time link", subject: "server", subjectId: "server" },
          });
          throw context.redirect("/");
        },
      ),
    },
  };
}
