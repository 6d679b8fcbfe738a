import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../database/testing/test-database.ts";
import { type Identity, openIdentity } from "./identity.ts";
import { administratorLink, invitationLink } from "./sign-in-links.ts";

let test: TestDatabase;
const secret = "a secret of at least thirty-two characters";

beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(() => test.stop());

const shared = () => openIdentity({ mode: "shared", database: test.database, secret });

/** Open a path as a browser does, over HTTP or HTTPS. @returns the answer, and the cookies as a browser sends them back */
async function open(path: string, scheme: "http" | "https") {
  const host = "192.168.1.20:3000";
  const answer = await shared().authenticate(
    new Request(`${scheme}://${host}${path}`, {
      headers: { "x-forwarded-proto": scheme, "x-forwarded-host": host, "x-forwarded-for": "192.168.1.7" },
    }),
  );
  const cookies = answer.headers.getSetCookie();
  return { answer, cookies, sent: new Headers({ cookie: cookies.map((cookie) => cookie.split(";")[0]).join("; ") }) };
}

describe("self-paced identity", () => {
  it("whoever asks is the local learner, always the same", async () => {
    const identity = openIdentity({ mode: "self-paced", database: test.database, secret });
    const first = await identity.identify(new Headers());
    expect(first).toMatchObject({ id: "local-learner", role: "student" });
    expect(await identity.identify(new Headers({ cookie: "anything" }))).toEqual(first);
  });

  it("has nothing to sign in to", async () => {
    const identity = openIdentity({ mode: "self-paced", database: test.database, secret });
    const answer = await identity.authenticate(new Request("http://localhost/api/auth/session"));
    expect(answer.status).toBe(404);
  });
});

describe("shared identity", () => {
  it("a visitor without a session is nobody, also with a made-up cookie", async () => {
    expect(await shared().identify(new Headers())).toBeUndefined();
    expect(await shared().identify(new Headers({ cookie: "quorate.session_token=abc.def" }))).toBeUndefined();
  });

  it.each(["http", "https"] as const)(
    "over %s the link signs in the administrator; its cookie is Secure exactly over HTTPS",
    async (scheme) => {
      const { answer, cookies, sent } = await open(await administratorLink(test.database), scheme);
      expect(answer.status).toBe(302);
      expect(answer.headers.get("location")).toBe("/");
      const session = cookies.find((cookie) => cookie.includes("session_token"));
      expect(session).toMatch(/HttpOnly/i);
      expect(session).toMatch(/SameSite=Lax/i);
      expect(/;\s*Secure/i.test(session!)).toBe(scheme === "https");
      expect(await shared().identify(sent)).toMatchObject({ role: "administrator" });
    },
  );

  it("works once, and a new link ends the one before", async () => {
    const link = await administratorLink(test.database);
    expect((await open(link, "http")).answer.status).toBe(302);
    const again = await open(link, "http");
    expect(again.answer.status).toBe(410);
    expect(await again.answer.text()).toMatch(
      /^This link was used before, or is too old\. .*the administrator starts Quorate again/,
    );
    expect(again.cookies).toEqual([]);
    const older = await administratorLink(test.database);
    const newer = await administratorLink(test.database);
    expect((await open(older, "http")).answer.status).toBe(410);
    expect((await open(newer, "http")).answer.status).toBe(302);
  });

  it("an invitation signs in the instructor it was made for, once", async () => {
    const { people } = test.database;
    const eva = await people.addInstructor("Eva");
    const link = await invitationLink(test.database, eva.id);
    const { answer, sent } = await open(link, "http");
    expect(answer.status).toBe(302);
    expect(await shared().identify(sent)).toEqual({ id: eva.id, name: "Eva", role: "instructor" });
    expect((await open(link, "http")).answer.status).toBe(410);
    expect(await people.endInstructor(eva.id)).toBe(true);
    expect(await shared().identify(sent)).toBeUndefined();
    expect(await people.endInstructor((await people.administrator()).id)).toBe(false);
  });

  it("an expired link is refused", async () => {
    const { id } = await test.database.people.administrator();
    const token = await test.database.oneTimeLinks.create({ purpose: "administrator", personId: id, validForMs: -1 });
    expect((await open(`/api/auth/one-time-link?token=${token}`, "http")).answer.status).toBe(410);
  });

  it("nobody can sign up by themselves", async () => {
    const answer = await shared().authenticate(
      new Request("http://localhost:3000/api/auth/sign-up/email", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-forwarded-proto": "http",
          "x-forwarded-host": "localhost:3000",
        },
        body: JSON.stringify({ email: "a@b.example", password: "long enough", name: "A", role: "administrator" }),
      }),
    );
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await test.database.prisma.person.count({ where: { email: "a@b.example" } })).toBe(0);
  });
});

describe("students without mail", () => {
  const post = async (identity: Identity, path: string, body: object, sent?: Headers) => {
    const host = "192.168.1.20:3000";
    const headers = new Headers(sent);
    const said = { "content-type": "application/json", origin: `http://${host}`, "x-forwarded-proto": "http" };
    for (const [name, value] of Object.entries({ ...said, "x-forwarded-host": host, "x-forwarded-for": "10.0.0.9" })) {
      headers.set(name, value);
    }
    const answer = await identity.authenticate(
      new Request(`http://${host}/api/auth${path}`, { method: "POST", headers, body: JSON.stringify(body) }),
    );
    const cookie = answer.headers
      .getSetCookie()
      .map((one) => one.split(";")[0])
      .join("; ");
    return {
      status: answer.status,
      body: (await answer.json()) as Record<string, string>,
      sent: new Headers({ cookie }),
    };
  };
  const aClass = async () => {
    const teacher = await test.database.people.administrator();
    const { classes } = test.database;
    return classes.create({ name: "A", courseId: "course", chapters: [], timeZone: "UTC", teacher });
  };

  it("join by code and name, and come back on another device as the same person", async () => {
    const identity = shared();
    const { joinCode } = await aClass();
    const joined = await post(identity, "/join", { code: joinCode, name: "  Ana " });
    expect(joined).toMatchObject({ status: 200, body: { name: "Ana" } });
    const ana = await identity.identify(joined.sent);
    expect(ana).toMatchObject({ name: "Ana", role: "student" });
    const back = await post(identity, "/return", { code: joined.body.returnCode!.toLowerCase() });
    expect(await identity.identify(back.sent)).toEqual(ana);
    const anew = await post(identity, "/return-code", {}, joined.sent);
    expect((await post(identity, "/return", { code: joined.body.returnCode })).status).toBe(404);
    expect((await post(identity, "/return", { code: anew.body.returnCode })).status).toBe(200);
    expect((await post(identity, "/return-code", {})).status).toBe(401);
  });

  it("may give a mail address for their instructors, and are told when it is none", async () => {
    const identity = shared();
    const { id, joinCode } = await aClass();
    const wrong = await post(identity, "/join", { code: joinCode, name: "Ben", email: "ben at home" });
    expect(wrong).toMatchObject({ status: 400, body: { field: "email" } });
    const joined = await post(identity, "/join", { code: joinCode, name: "Ben", email: " ben@example.org " });
    const ben = await identity.identify(joined.sent);
    expect([...(await test.database.enrolments.emails(id))]).toEqual([[ben?.id, "ben@example.org"]]);
    expect(await post(identity, "/join", { code: joinCode, name: "Chi", email: "" })).toMatchObject({ status: 200 });
  });

  it("before the class begins and after it ended are told when in its own time, and signed in to nothing", async () => {
    const identity = shared();
    const { id, joinCode } = await aClass();
    const { classes } = test.database;
    await classes.setDates(id, {
      ...{ startsAt: new Date("2099-12-01T06:00:00Z"), endsAt: null, timeZone: "Africa/Nairobi" },
    });
    const early = await post(identity, "/join", { code: joinCode, name: "Ana" });
    expect(early).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining("Tuesday 1 December 2099, 08:00 (Africa/Nairobi)") },
    });
    await classes.setDates(id, { startsAt: null, endsAt: new Date(0), timeZone: "UTC" });
    const late = await post(identity, "/join", { code: joinCode, name: "Ana" });
    expect(late).toMatchObject({ status: 410, body: { message: expect.stringContaining("is over: it ended") } });
    for (const { sent } of [early, late]) expect(await identity.identify(sent)).toBeUndefined();
  });

  it("who signs out is nobody any more in that browser, and comes back by the code", async () => {
    const identity = shared();
    const { joinCode } = await aClass();
    const joined = await post(identity, "/join", { code: joinCode, name: "Ana" });
    expect((await post(identity, "/sign-out", {}, joined.sent)).status).toBe(200);
    expect(await identity.identify(joined.sent)).toBeUndefined();
    const back = await post(identity, "/return", { code: joined.body.returnCode });
    expect(await identity.identify(back.sent)).toMatchObject({ name: "Ana" });
  });

  it("a wrong code says so and signs nobody in; too many are held up, right ones too", async () => {
    const identity = shared();
    const { joinCode } = await aClass();
    expect(await post(identity, "/join", { code: joinCode, name: " " })).toMatchObject({ status: 400 });
    for (let count = 0; count < 20; count++) {
      const wrong = await post(identity, "/join", { code: "AAAABBBB", name: "Ana" });
      expect(wrong).toMatchObject({
        status: 404,
        body: { message: expect.stringContaining("No class has this code") },
      });
      expect(await identity.identify(wrong.sent)).toBeUndefined();
    }
    const held = await post(identity, "/join", { code: joinCode, name: "Ana" });
    expect(held).toMatchObject({ status: 429, body: { message: expect.stringContaining("Wait") } });
  });
});
