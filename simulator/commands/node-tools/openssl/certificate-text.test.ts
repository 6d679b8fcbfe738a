import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { certificateText } from "./certificate-text.ts";

const read = (file: string) =>
  readFileSync(new URL(`../../../recordings/shell/certificates/${file}`, import.meta.url), "utf8");
const line = (name: string) => name.replace(/\n/g, ", ").replace(/=/g, " = ");

it.each(["node", "root", "rsa", "small"])("prints a certificate as OpenSSL 3.0 does: %s", (name) => {
  expect(certificateText(new X509Certificate(read(`${name}.pem`)), line)).toBe(read(`${name}.txt`));
});
