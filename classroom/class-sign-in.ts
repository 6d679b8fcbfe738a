/**
 * Signing in without mail: by a class's code for the first time, by one's own return code on another device.
 *
 * Endpoints of better-auth, so that it makes the session and its cookie. Each answers JSON with a sentence for people.
 */
import { createAuthEndpoint, getSessionFromCtx } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";
import type { Database } from "../database/database.ts";
import { timeInWords } from "./class-time.ts";
import { clientAddress } from "./client-address.ts";
import type { CodeTries } from "./code-tries.ts";
import { displayName } from "./display-name.ts";
import { newReturnCode, returnCodeHash } from "./return-code.ts";
import { type SignInWordId, signInWords } from "./sign-in-words.ts";

export function classSignIn(database: Database, tries: CodeTries) {
  return {
    id: "class-sign-in",
    endpoints: {
      joinClass: createAuthEndpoint(
        "/join",
        {
          method: "POST",
          body: z.strictObject({
            ...{ code: z.string().max(40), name: z.string().max(400), email: z.string().max(400).optional() },
          }),
        },
        async (context) => {
          const address = clientAddress(context.headers);
          const wait = tries.waitSeconds(address);
          if (wait > 0) return tooMany(wait);
          const name = displayName(context.body.name);
          if (name === undefined) return refused(400, "join.bad-name", {}, "name");
          const email = context.body.email?.trim();
          if (email && !z.email().max(254).safeParse(email).success) return refused(400, "join.bad-mail", {}, "email");
          const session = await getSessionFromCtx(context);
          const personId = session?.user.id;
          const { code } = context.body;
          const joined = await database.classes.join({
            ...{ code, name },
            ...(email && { email }),
            ...(personId && { personId }),
          });
          if (joined.kind === "unknown-code") {
            tries.wrong(address);
            return refused(404, "join.unknown-code", {}, "code");
          }
          if (joined.kind === "expired") return refused(410, "join.expired", { class: joined.className }, "code");
          if (joined.kind === "early") {
            const at = instant(joined.opensAt, joined.timeZone);
            return refused(409, "join.early", { class: joined.className, ...at }, "code");
          }
          if (joined.kind === "over") {
            const at = instant(joined.endedAt, joined.timeZone);
            return refused(410, "join.over", { class: joined.className, ...at }, "code");
          }
          if (joined.kind === "full") {
            return refused(409, "join.full", { class: joined.className, most: joined.most }, "code");
          }
          if (!joined.again) await database.groups.placeLate(joined.classId, [joined.personId]);
          const user = await context.context.internalAdapter.findUserById(joined.personId);
          if (!user) return refused(500, "join.failed");
          if (!personId) {
            const made = await context.context.internalAdapter.createSession(user.id);
            await setSessionCookie(context, { session: made, user });
          }
          // One who was here already has a code, which goes on working.
          const returnCode = personId ? undefined : await newReturnCode(database, user.id);
          const recording = await database.recordings.ofClass(joined.classId);
          return context.json({
            ...{ name: joined.displayName, again: joined.again, returnCode },
            ...(recording?.on && { recording: { classId: joined.classId, keptDays: recording.keptDays } }),
          });
        },
      ),
      returnByCode: createAuthEndpoint(
        "/return",
        { method: "POST", body: z.strictObject({ code: z.string().max(60) }) },
        async (context) => {
          const address = clientAddress(context.headers);
          const wait = tries.waitSeconds(address);
          if (wait > 0) return tooMany(wait);
          const person = await database.people.byReturnCode(returnCodeHash(context.body.code));
          const user = person && (await context.context.internalAdapter.findUserById(person.id));
          if (!user) {
            tries.wrong(address);
            return refused(404, "return.unknown-code", {}, "code");
          }
          const session = await context.context.internalAdapter.createSession(user.id);
          await setSessionCookie(context, { session, user });
          return context.json({ name: user.name });
        },
      ),
      makeReturnCode: createAuthEndpoint("/return-code", { method: "POST" }, async (context) => {
        const session = await getSessionFromCtx(context);
        if (!session) return refused(401, "return.not-signed-in");
        return context.json({ returnCode: await newReturnCode(database, session.user.id) });
      }),
    },
  };
}

/**
 * As a response: the status of `context.json` does not reach the browser.
 *
 * @param field of the form, which it is about
 */
function refused(
  status: number,
  id: SignInWordId,
  values: Record<string, string | number> = {},
  field?: "code" | "name" | "email",
): Response {
  return Response.json({ id, values, message: signInWords(id, values), ...(field && { field }) }, { status });
}

/** In English words, and as what other words are made of. */
function instant(at: Date, timeZone: string) {
  return { when: timeInWords(at, timeZone), at: at.toISOString(), zone: timeZone };
}

function tooMany(seconds: number): Response {
  return seconds > 90
    ? refused(429, "join.too-many-minutes", { count: Math.ceil(seconds / 60) })
    : refused(429, "join.too-many-seconds", { count: seconds });
}
