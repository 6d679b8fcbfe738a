import { expect, test } from "vitest";
import { generateHostKey, hostKeySha256 } from "./host-key.ts";

test("a host key has the fingerprint that OpenSSH writes", () => {
  const key = generateHostKey();
  expect(key).toContain("BEGIN OPENSSH PRIVATE KEY");
  expect(hostKeySha256(key)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  expect(hostKeySha256(key)).toBe(hostKeySha256(key));
  expect(hostKeySha256(generateHostKey())).not.toBe(hostKeySha256(key));
});

test("a text that is no key is refused", () => {
  expect(() => hostKeySha256("garbage")).toThrow();
});
