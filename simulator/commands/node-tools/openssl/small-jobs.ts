/** `openssl rand`, `passwd`, `dgst` and `base64`. @source OpenSSL 3.0's output */
import { createHash, randomBytes } from "node:crypto";
import { sha256Crypt, sha512Crypt } from "../../../api/password-hash.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { collect } from "../../coreutils/streams.ts";
import { hiddenLine } from "../../hidden-line.ts";
import { notModelled } from "../../printed.ts";
import { readInput, readWords, writeOutput } from "./words.ts";

const RANDOM_BYTES_MAX = 1 << 20;
const SALT = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export async function rand(ctx: ProgramContext, args: string[]): Promise<number> {
  const words = readWords("rand", args, "hex base64 out:");
  const [count] = words.operands;
  if (count === undefined) return 0;
  if (!/^\d+$/.test(count) || Number(count) > RANDOM_BYTES_MAX) {
    await ctx.stderr.write(/^\d+$/.test(count) ? notModelled("openssl rand", count) : "rand: Use -help for summary.\n");
    return 1;
  }
  const bytes = randomBytes(Number(count));
  if (words.has("hex")) await writeOutput(ctx, words.value("out"), `${bytes.toString("hex")}\n`);
  else if (words.has("base64")) await writeOutput(ctx, words.value("out"), lines(bytes));
  else await ctx.stdout.write(bytes);
  return 0;
}

const lines = (bytes: Buffer) => (bytes.toString("base64").match(/.{1,64}/g) ?? []).map((line) => `${line}\n`).join("");

/** What is hashed of a password. */
const PASSWORD_CHARS_MAX = 256;

export async function passwd(ctx: ProgramContext, args: string[]): Promise<number> {
  const words = readWords("passwd", args, "1 5 6 apr1 aixmd5 salt: stdin in: quiet noverify");
  const kind = words.given.find(([option]) => /^(?:1|5|6|apr1|aixmd5)$/.test(option))?.[0] ?? "1";
  if (kind !== "5" && kind !== "6") {
    await ctx.stderr.write(notModelled("openssl passwd", `-${kind}`));
    return 1;
  }
  const passwords = [...words.operands];
  if (words.has("stdin"))
    passwords.push(...(await collect(ctx, ctx.stdin)).toString("utf8").split("\n").filter(Boolean));
  if (passwords.length === 0) {
    const first = await hiddenLine(ctx, "Password: ");
    const second = first === undefined ? undefined : await hiddenLine(ctx, "Verifying - Password: ");
    if (first === undefined || first !== second) {
      await ctx.stderr.write(first === undefined ? "" : "Verify failure\n");
      return 1;
    }
    passwords.push(first);
  }
  const chosen = words.value("salt")?.slice(0, 16);
  for (const given of passwords) {
    const password = given.slice(0, PASSWORD_CHARS_MAX);
    if (password !== given && !words.has("quiet"))
      await ctx.stderr.write(`Warning: truncating password to ${PASSWORD_CHARS_MAX} characters\n`);
    await ctx.breathe();
    const salt = chosen ?? [...randomBytes(16)].map((byte) => SALT[byte % 64]).join("");
    await ctx.stdout.write(`${(kind === "6" ? sha512Crypt : sha256Crypt)(password, salt)}\n`);
  }
  return 0;
}

/** What OpenSSL calls a digest. */
const DIGESTS: Record<string, string> = {
  md5: "MD5",
  sha1: "SHA1",
  sha224: "SHA2-224",
  sha256: "SHA2-256",
  sha384: "SHA2-384",
  sha512: "SHA2-512",
};

export const isDigest = (name: string | undefined) => name !== undefined && Object.hasOwn(DIGESTS, name);

export async function dgst(ctx: ProgramContext, args: string[], name?: string): Promise<number> {
  const words = readWords("dgst", args, `${Object.keys(DIGESTS).join(" ")} r hex binary out:`);
  const kind = name ?? words.given.find(([option]) => isDigest(option))?.[0] ?? "sha256";
  for (const file of words.operands.length > 0 ? words.operands : [undefined]) {
    const bytes = await readInput(ctx, file, "data");
    if (!bytes) return 1;
    const digest = createHash(kind).update(bytes).digest("hex");
    const plain = words.has("r")
      ? `${digest} *${file ?? "stdin"}\n`
      : `${DIGESTS[kind]}(${file ?? "stdin"})= ${digest}\n`;
    await writeOutput(ctx, words.value("out"), plain);
  }
  return 0;
}

export async function base64(ctx: ProgramContext, args: string[]): Promise<number> {
  const words = readWords("base64", args, "d e A in: out:");
  const bytes = await readInput(ctx, words.value("in") ?? words.operands[0], "data");
  if (!bytes) return 1;
  if (words.has("d")) await ctx.stdout.write(Buffer.from(bytes.toString("latin1"), "base64"));
  else await writeOutput(ctx, words.value("out"), words.has("A") ? bytes.toString("base64") : lines(bytes));
  return 0;
}
