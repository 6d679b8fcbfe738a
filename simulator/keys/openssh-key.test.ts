import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  fingerprintOf,
  jwkOf,
  keyFromJwk,
  lockedText,
  type PrivateKey,
  privateText,
  publicLine,
  readPrivate,
  readPublicLine,
  unlock,
} from "./openssh-key.ts";
import { randomart } from "./randomart.ts";

interface Recorded {
  name: string;
  private: string;
  public: string;
  lv: string;
  md5: string;
  locked?: string;
}
const { keys } = JSON.parse(readFileSync(new URL("../recordings/ssh/keys.json", import.meta.url), "utf8")) as {
  keys: Recorded[];
};

function readKey(text: string): PrivateKey {
  const read = readPrivate(text);
  if (read.state !== "key") throw new Error(read.state);
  return read.key;
}

describe.each(keys)("the key $name that ssh-keygen made", (recorded) => {
  it("has the recorded bits, fingerprints and picture", () => {
    const key = readPublicLine(recorded.public)!;
    const kind = /\((\w+)\)/.exec(recorded.lv)![1];
    expect(`${key.bits} ${fingerprintOf(key.blob)} root@pve1 (${kind})\n${randomart(key)}`).toBe(recorded.lv);
    expect(recorded.md5).toContain(` ${fingerprintOf(key.blob, "md5")} `);
  });

  it("is read from its private file, and its private file is written as ssh-keygen writes it", () => {
    const key = readKey(recorded.private);
    expect(publicLine(key)).toBe(recorded.public);
    // The check is four random bytes, twice; everything else is given.
    const parts = (text: string) => {
      const bytes = Buffer.from(text.split("\n").slice(1, -2).join(""), "base64");
      const secret = bytes.length - readSecretLength(bytes);
      return [bytes.subarray(0, secret), bytes.subarray(secret + 8)];
    };
    expect(parts(privateText(key))).toEqual(parts(recorded.private));
  });

  it("is a key of Node's and back", () => {
    const key = readKey(recorded.private);
    const jwk = createPrivateKey({ key: jwkOf(key), format: "jwk" }).export({ format: "jwk" });
    expect(keyFromJwk(jwk, "root@pve1").fields).toEqual(key.fields);
  });
});

/** The last value of the file is the private part. */
function readSecretLength(bytes: Buffer): number {
  let at = "openssh-key-v1\0".length;
  for (let value = 0; value < 3; value++) at += 4 + bytes.readUInt32BE(at);
  at += 4;
  at += 4 + bytes.readUInt32BE(at);
  return bytes.readUInt32BE(at);
}

it("a key behind a passphrase is read with it alone, whoever locked it", async () => {
  const recorded = keys.find((key) => key.locked !== undefined)!;
  expect(readPrivate(recorded.locked!)).toMatchObject({ state: "locked", cipher: "aes256-ctr" });
  expect((await unlock(recorded.locked!, "wrong")).state).toBe("locked");
  const opened = await unlock(recorded.locked!, "quorate");
  expect(opened).toMatchObject({ state: "key", key: { comment: "root@pve1" } });
  const key = readKey(recorded.private);
  const ours = await lockedText(key, "other", 1);
  expect(await unlock(ours, "other")).toEqual({ state: "key", key });
  expect((await unlock(ours, "quorate")).state).toBe("locked");
});

it("what is no key, or not a whole one, is none", () => {
  const [line] = keys.map((key) => key.public);
  expect(readPublicLine(line!.replace("AAAA", "AAAB"))).toBeUndefined();
  expect(readPublicLine(line!.slice(0, 60))).toBeUndefined();
  expect(readPublicLine(line!.replace("ssh-ed25519", "ssh-rsa"))).toBeUndefined();
  expect(readPrivate("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n").state).toBe(
    "none",
  );
  expect(readPrivate("nothing").state).toBe("none");
});

it("keys in the older forms are read", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }) as string;
  expect(readKey(pem).bits).toBe(2048);
});
