import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../database/testing/test-database.ts";
import { type Identity, openIdentity } from "./identity.ts";
import { invitationLink } from "./sign-in-links.ts";
import { startTestProvider, type TestProvider } from "./testing/test-provider.ts";

const host = "192.168.1.20:3000";
const origin = `http://${host}`;
const secret = "a secret of at least thirty-two characters";
let test: TestDatabase;
let provider: TestProvider;
let identity: Identity;

beforeAll(async () => {
  test = await startTestDatabase();
  provider = await startTestProvider({
    redirectUris: [`${origin}/api/auth/callback/oidc`],
    claims: {
      ana: { name: "Ana María", email: "ana@school.example" },
      ben: { preferred_username: "ben", email: "ana@school.example" },
      eva: { name: "Eva" },
      odd: { name: "\u202e\u200b " },
    },
  });
  identity = withProvider(provider);
});
afterAll(async () => {
  await provider.stop();
  await test.stop();
});

function withProvider({ discoveryUrl, clientId, clientSecret }: TestProvider, changed: { clientSecret?: string } = {}) {
  const singleSignOn = { name: "School", discoveryUrl, clientId, clientSecret, ...changed };
  return openIdentity({ mode: "shared", database: test.database, secret, singleSignOn });
}

/** A browser with its cookies. */
function browser(who: Identity = identity) {
  const jar = new Map<string, string>();
  const headers = () =>
    new Headers({
      ...{ "x-forwarded-proto": "http", "x-forwarded-host": host, "x-forwarded-for": "10.0.0.9", host, origin },
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
    });
  const send = async (address: string, body?: object) => {
    const said = headers();
    if (body) said.set("content-type", "application/json");
    const answer = await who.authenticate(
      new Request(new URL(address, origin), {
        headers: said,
        ...(body && { method: "POST", body: JSON.stringify(body) }),
      }),
    );
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    return answer;
  };
  const begin = async (path = "/sign-in/social") => {
    const answer = await send(`/api/auth${path}`, {});
    expect(answer.status, await answer.clone().text()).toBe(200);
    return ((await answer.json()) as { url: string }).url;
  };
  return {
    send,
    begin,
    /** @returns where the browser ends */
    signIn: async (login: string, path?: string) => {
      const back = await provider.answer(await begin(path), { login });
      return (await send(back)).headers.get("location");
    },
    person: () => who.identify(headers()),
  };
}

describe("single sign-on", () => {
  it("lets in whoever the provider vouches for as a student, the next time as the same", async () => {
    const one = browser();
    expect(await one.signIn("ana")).toBe("/");
    const ana = await one.person();
    expect(ana).toMatchObject({ name: "Ana María", role: "student" });
    const another = browser();
    await another.signIn("ana");
    expect(await another.person()).toEqual(ana);
  });

  it("takes nobody for somebody else because of a mail address, and keeps neither address nor tokens", async () => {
    const ben = browser();
    expect(await ben.signIn("ben")).toBe("/");
    expect(await ben.person()).toMatchObject({ name: "ben", role: "student" });
    const people = await test.database.prisma.person.findMany();
    expect(people.filter(({ email }) => !email.endsWith("@no-mail.invalid"))).toEqual([]);
    const accounts = await test.database.prisma.account.findMany({ where: { providerId: "oidc" } });
    expect(accounts.length).toBe(2);
    for (const { accessToken, refreshToken, idToken } of accounts) {
      expect([accessToken, refreshToken, idToken]).toEqual([null, null, null]);
    }
  });

  it("shows somebody whose name cannot be shown as a student without one", async () => {
    const odd = browser();
    await odd.signIn("odd");
    expect(await odd.person()).toMatchObject({ name: "Student" });
  });

  it("is connected by an invited instructor, who comes back by it as an instructor", async () => {
    const eva = await test.database.people.addInstructor("Eva of the invitation");
    const invited = browser();
    await invited.send(await invitationLink(test.database, eva.id));
    expect(await invited.person()).toEqual(eva);
    expect(await invited.signIn("eva", "/link-social")).toBe("/");
    const back = browser();
    await back.signIn("eva");
    expect(await back.person()).toEqual(eva);
    // An identity is one person's alone.
    const other = browser();
    await other.send(await invitationLink(test.database, (await test.database.people.addInstructor("Other")).id));
    expect(await other.signIn("eva", "/link-social")).toMatch(/^\/sign-in\?error=/);
  });

  it("is connected by nobody who is not signed in", async () => {
    const answer = await browser().send("/api/auth/link-social", {});
    expect(answer.status).toBe(401);
  });

  it("signs nobody in who cancels, who brings another browser's answer, or a made-up one", async () => {
    const cancelled = browser();
    const denied = await provider.answer(await cancelled.begin(), "cancel");
    expect((await cancelled.send(denied)).headers.get("location")).toMatch(/^\/sign-in\?error=access_denied/);
    const theirs = browser();
    const back = await provider.answer(await theirs.begin(), { login: "ana" });
    const mine = browser();
    const stolen = await mine.send(back);
    expect(stolen.headers.get("location")).toMatch(/\/sign-in\?error=/);
    const made = browser();
    await made.begin();
    expect((await made.send("/api/auth/callback/oidc?code=x&state=y")).headers.get("location")).toMatch(/error=/);
    for (const who of [cancelled, mine, made]) expect(await who.person()).toBeUndefined();
  });

  it("signs nobody in when the provider refuses Quorate, or is not there; codes and links go on working", async () => {
    const refused = browser(withProvider(provider, { clientSecret: "wrong" }));
    const back = await provider.answer(await refused.begin(), { login: "ana" });
    expect((await refused.send(back)).headers.get("location")).toMatch(/\/sign-in\?error=/);
    expect(await refused.person()).toBeUndefined();
    const gone = await startTestProvider({ redirectUris: [`${origin}/api/auth/callback/oidc`], claims: {} });
    const alone = browser(withProvider(gone));
    await gone.stop();
    const answer = await alone.send("/api/auth/sign-in/social", {});
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const eva = await test.database.people.addInstructor("Eva");
    await alone.send(await invitationLink(test.database, eva.id));
    expect(await alone.person()).toEqual(eva);
  });

  it.each([
    ["/join?code=ABCD-2345", "/join?code=ABCD-2345"],
    ["https://elsewhere.example/", "/"],
    ["//elsewhere.example", "/"],
    ["/join?code=x&next=//elsewhere.example", "/"],
  ])("from %s leads to %s, and to no other site", async (back, to) => {
    const who = browser();
    const site = "https://elsewhere.example/";
    const begun = await who.send("/api/auth/sign-in/social", { back, callbackURL: site, newUserCallbackURL: site });
    const { url } = (await begun.json()) as { url: string };
    const answer = await who.send(await provider.answer(url, { login: "ana" }));
    expect(answer.headers.get("location")).toBe(to);
  });

  it("is not there where no provider is named", async () => {
    const without = openIdentity({ mode: "shared", database: test.database, secret });
    const answer = await browser(without).send("/api/auth/sign-in/social", {});
    expect(answer.status).toBe(404);
  });
});
