/** A record, its key and what comes of them: the command on real files. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeRecord } from "../classroom/record/completion-record.ts";
import { signRecord } from "../classroom/record/record-signature.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { recordKey } from "./record-key.ts";
import { StartRefused } from "./start-refused.ts";
import { verifyRecordCommand } from "./verify-record-command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quorate-record-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const keyOf = (name = "data") => recordKey(prepareDataFolder(join(folder, name)));

type Exercise = Parameters<typeof makeRecord>[0]["exercise"];

function recordBy(
  key: ReturnType<typeof keyOf>,
  name = "Ana",
  keyHeldBy: "installation" | "learner" = "installation",
  exercise: Exercise = undefined,
) {
  const chapter = {
    id: "one",
    number: 1,
    title: "One",
    core: true,
    exercise: exercise !== undefined,
    steps: [{ id: "a", title: "A" }],
  };
  const record = makeRecord({
    ...{ issuedAt: new Date(0), signedBy: key.fingerprint, keyHeldBy, quorate: "1+a" },
    ...{ learner: { id: "p", name }, class: null, course: { id: "c", title: "Course", chapters: [chapter] } },
    ...{ passes: [], exercise, classNames: new Map() },
  });
  return signRecord(record, key.privateKey);
}

async function verified(...args: string[]) {
  const said: string[] = [];
  const status = await verifyRecordCommand(args, (line) => said.push(line));
  return { status, said: said.join("\n") };
}

describe("npm run verify-record", () => {
  it("finds a record good, however its JSON was laid out on the way", async () => {
    const key = keyOf();
    const signed = recordBy(key);
    const pub = put("key.pem", key.publicPem);
    const turned = { signature: signed.signature, record: Object.fromEntries(Object.entries(signed.record).reverse()) };
    for (const text of [JSON.stringify(signed), `${JSON.stringify(signed, null, 4)}\n`, JSON.stringify(turned)]) {
      const { status, said } = await verified(put("record.json", text), "--key", pub);
      expect(said).toMatch(/^GOOD: .*\n.*Ana\n.*Course\n.*0 of 1/);
      expect(status).toBe(0);
      expect(said).not.toContain("held the key");
    }
  });

  it("tells score and time of the exercise as the page does", async () => {
    const key = keyOf();
    const begun = new Date("2026-11-29T14:27:18Z");
    const standing = { score: 5 / 14, timesBegun: 2, begunAt: begun, passedAt: undefined, tookMs: undefined };
    const told = async (exercise: Exercise) => {
      const file = put("record.json", JSON.stringify(recordBy(key, "Ana", "installation", exercise)));
      return (await verified(file, "--key", put("key.pem", key.publicPem))).said;
    };
    expect(await told(standing)).toContain("Exercise  36 %, not finished");
    const passedAt = new Date("2026-11-29T14:30:12Z");
    expect(await told({ ...standing, score: 1, passedAt, tookMs: 174_747 })).toContain("Exercise  100 %, in 2 minutes");
  });

  it("says of a self-paced record that its learner held the key", async () => {
    const key = keyOf();
    const file = put("record.json", JSON.stringify(recordBy(key, "Ana", "learner")));
    expect((await verified(file, "--key", put("key.pem", key.publicPem))).said).toContain("The learner held the key");
  });

  it("refuses every change of a signed record, with status 1", async () => {
    const key = keyOf();
    const pub = put("key.pem", key.publicPem);
    const text = JSON.stringify(recordBy(key));
    const changes: [string, string][] = [
      ['"name":"Ana"', '"name":"Eva"'],
      ['"steps":1', '"steps":2'],
      ['"keyHeldBy":"installation"', '"keyHeldBy":"installation","more":1'],
      ['"passed":null', '"passed":{"at":"2026-01-01T00:00:00.000Z"}'],
      ['"signature":"', '"signature":"A'],
    ];
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      const { status, said } = await verified(put("record.json", text.replace(from, to)), "--key", pub);
      expect(said, to).toMatch(/^CHANGED: /);
      expect(status).toBe(1);
    }
  });

  it("tells another installation's key from a change, with status 2", async () => {
    const other = keyOf("other");
    const file = put("record.json", JSON.stringify(recordBy(keyOf())));
    const { status, said } = await verified(file, "--key", put("key.pem", other.publicPem));
    expect(said).toMatch(/^ANOTHER KEY: /);
    expect(said).toContain(other.fingerprint);
    expect(status).toBe(2);
  });

  it("is not talked into another key's record by the name of the key in it", async () => {
    const [key, other] = [keyOf(), keyOf("other")];
    const signed = recordBy(other);
    const claimed = { ...signed, record: { ...signed.record, signedBy: key.fingerprint } };
    const { status } = await verified(put("r.json", JSON.stringify(claimed)), "--key", put("k.pem", key.publicPem));
    expect(status).toBe(1);
  });

  it("names the file that cannot be read, with status 3", async () => {
    const key = keyOf();
    const pub = put("key.pem", key.publicPem);
    const good = put("record.json", JSON.stringify(recordBy(key)));
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });
    const newer = JSON.stringify(recordBy(key)).replace("quorate-record/1", "quorate-record/9");
    const cases: [string[], RegExp][] = [
      [[join(folder, "none.json"), "--key", pub], /none\.json cannot be read \(there is no such file\)/],
      [[folder, "--key", pub], /cannot be read \(it is a folder\)/],
      [[put("text.json", "not json"), "--key", pub], /text\.json is no completion record: it is no JSON/],
      [[put("list.json", "[1]"), "--key", pub], /has no record with a signature/],
      [[put("newer.json", newer), "--key", pub], /its format is "quorate-record\/9"/],
      [[good, "--key", join(folder, "none.pem")], /none\.pem is no public key .*no such file/],
      [[good, "--key", put("rsa.pem", String(rsa))], /rsa\.pem is no public key .*a key for rsa/],
      [[good, "--key", put("text.pem", "hello")], /text\.pem is no public key/],
      [[good], /^Usage: /],
      [["--help"], /^Usage: /],
      [["--key", pub], /^Usage: /],
      [[good, good, "--key", pub], /^Usage: /],
      [[good, "--kye", pub], /Usage: /],
    ];
    for (const [args, words] of cases) {
      const { status, said } = await verified(...args);
      expect(said).toMatch(words);
      expect(status).toBe(3);
    }
  });

  it("lets no name give orders to the terminal", async () => {
    const key = keyOf();
    const file = put("record.json", JSON.stringify(recordBy(key, "\u001b[2JAna\nGOOD")));
    const { said } = await verified(file, "--key", put("key.pem", key.publicPem));
    expect(said).toContain("?[2JAna?GOOD");
  });
});

describe("the key that signs records", () => {
  it("is made once, stays, and is readable by its owner alone", () => {
    const first = keyOf();
    expect(keyOf().fingerprint).toBe(first.fingerprint);
    expect(keyOf("other").fingerprint).not.toBe(first.fingerprint);
    if (process.platform !== "win32") {
      expect(statSync(join(folder, "data", "secrets", "record-key.pem")).mode & 0o777).toBe(0o600);
    }
  });

  it("is never replaced by a new one when its file is damaged", () => {
    keyOf();
    writeFileSync(join(folder, "data", "secrets", "record-key.pem"), "damaged");
    expect(() => keyOf()).toThrow(StartRefused);
    expect(() => keyOf()).toThrow(/move the file away/);
  });
});
