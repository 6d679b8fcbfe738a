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
          if (wait > 0) return refused(429, { message: tooMany(wait) });
          const name = displayName(context.body.name);
          if (name === undefined) {
            const message =
              "Type the name you want to be called by: at least one letter or digit, at most 60 characters.";
            return refused(400, { field: "name", message });
          }
          const email = context.body.email?.trim();
          if (email && !z.email().max(254).safeParse(email).success) {
            const message = "This is no mail address. Correct it, or leave it empty: nothing needs it.";
            return refused(400, { field: "email", message });
          }
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
            const message =
              "No class has this code. Compare it with the one your instructor shows; capitals and dashes do not matter.";
            return refused(404, { field: "code", message });
          }
          if (joined.kind === "expired") {
            const message = `Joining ${joined.className} is over: this code has expired. Ask your instructor for a new one.`;
            return refused(410, { field: "code", message });
          }
          if (joined.kind === "early") {
            const when = timeInWords(joined.opensAt, joined.timeZone);
            const message = `${joined.className} has not begun. You can join from ${when}; the code stays the same.`;
            return refused(409, { field: "code", message });
          }
          if (joined.kind === "over") {
            const when = timeInWords(joined.endedAt, joined.timeZone);
            const message = `${joined.className} is over: it ended ${when}. Who joined before comes back with their return code.`;
            return refused(410, { field: "code", message });
          }
          if (joined.kind === "full") {
            const message = `${joined.className} is full: it has ${joined.most} students. Ask your instructor.`;
            return refused(409, { field: "code", message });
          }
          if (!joined.again) await database.groups.placeLate(joined.classId, [joined.personId]);
          const user = await context.context.internalAdapter.findUserById(joined.personId);
          if (!user) return refused(500, { message: "You could not be signed in. Try it again." });
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
          if (wait > 0) return refused(429, { message: tooMany(wait) });
          const person = await database.people.byReturnCode(returnCodeHash(context.body.code));
          const user = person && (await context.context.internalAdapter.findUserById(person.id));
          if (!user) {
            tries.wrong(address);
            const message =
              "Nobody has this return code. A new one that was made since ends the old one; your instructor's class code is another thing.";
            return refused(404, { field: "code", message });
          }
          const session = await context.context.internalAdapter.createSession(user.id);
          await setSessionCookie(context, { session, user });
          return context.json({ name: user.name });
        },
      ),
      makeReturnCode: createAuthEndpoint("/return-code", { method: "POST" }, async (context) => {
        const session = await getSessionFromCtx(context);
        if (!session) return refused(401, { message: "You are not signed in." });
        return context.json({ returnCode: await newReturnCode(database, session.user.id) });
      }),
    },
  };
}

/** As a response: the status of `context.json` does not reach the browser. */
function refused(status: number, body: { message: string; field?: string }): Response {
  return Response.json(body, { status });
}

function tooMany(seconds: number): string {
  const wait = seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`;
  return `Too many wrong codes came from this network. Wait ${wait}, then try again; ask your instructor meanwhile.`;
}
