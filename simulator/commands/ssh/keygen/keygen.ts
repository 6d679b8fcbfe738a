/** ssh-keygen: options and the small jobs on one key. @source ssh-keygen(1) of OpenSSH 9.2, held against its output */
import { createPublicKey } from "node:crypto";
import { fingerprintOf, kindOf, type PublicKey, publicLine, readBlob, spkiOf } from "../../../keys/openssh-key.ts";
import { randomart } from "../../../keys/randomart.ts";
import type { Program } from "../../../shell/process.ts";
import { pathIn } from "../../coreutils/arguments.ts";
import { BadOption, getopt } from "../../getopt.ts";
import { notModelled } from "../../printed.ts";
import { generate, generateHostKeys, saveKey, type Wanted } from "./generate.ts";
import { askPassphrase, type Keygen, loadPrivate, newPassphrase, publicKeysOf, readOr } from "./keygen-context.ts";
import { findHost, hashHosts, removeHost } from "./known-hosts.ts";
import { USAGE } from "./usage.ts";

const KNOWN = "ABDE:F:HI:K:LM:N:O:P:QR:V:Y:Z:a:b:C:cde:f:ghiklm:n:opqr:s:t:uvw:xyz:";
/** Jobs that are known and that nobody does here. */
const MISSING = "BDIKLMOQVYZghknrsuwz";

export const sshKeygen: Program = async (ctx) => {
  const given = new Map<string, string>();
  const words: string[] = [];
  try {
    for (const { option, value } of getopt("ssh-keygen", ctx.argv.slice(1), KNOWN.replace("e:", "e"), {}, words)) {
      given.set(option, value);
    }
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(
      `${error.message
        .replace(/^ssh-keygen: /, "")
        .replace("invalid option -- '", "unknown option -- ")
        .replace(/'$/, "")
        .replace("-- '", "-- ")}\n${USAGE}`,
    );
    return 1;
  }
  const missing = [...given.keys()].find((option) => MISSING.includes(option));
  if (missing !== undefined) {
    await ctx.stderr.write(notModelled("ssh-keygen", `-${missing}`));
    return 1;
  }
  if (words.length > 0) {
    await ctx.stderr.write(`Too many arguments.\n${USAGE}`);
    return 1;
  }
  const keygen: Keygen = {
    ctx,
    file: given.get("f"),
    quiet: given.has("q"),
    hash: given.get("E")?.toLowerCase() === "md5" ? "md5" : "sha256",
    path: (name) => pathIn(ctx, name),
  };
  const bits = given.get("b");
  if (bits !== undefined && !/^\d+$/.test(bits)) {
    await ctx.stderr.write(`Bits has bad value ${bits} (invalid)\n`);
    return 255;
  }
  const wanted: Wanted = {
    type: given.get("t") ?? "rsa",
    bits: bits === undefined ? undefined : Number(bits),
    comment: given.get("C"),
    passphrase: given.get("N"),
    form: given.get("m"),
    rounds: given.has("a") ? Math.min(Number(given.get("a")) || 16, 64) : undefined,
  };
  const host = given.get("F");
  if (host !== undefined) return findHost(keygen, host, { list: given.has("l"), picture: given.has("v") });
  if (given.has("R")) return removeHost(keygen, given.get("R")!);
  if (given.has("H")) return hashHosts(keygen);
  if (given.has("A")) return generateHostKeys(keygen);
  if (given.has("l")) return list(keygen, given.has("v"));
  if (given.has("y")) return printPublic(keygen, given.get("P"));
  if (given.has("p")) return changePassphrase(keygen, given.get("P"), wanted);
  if (given.has("c")) return changeComment(keygen, given.get("P"), wanted);
  if (given.has("e")) return exportKey(keygen, wanted.form ?? "RFC4716");
  if (given.has("i")) return importKey(keygen, wanted.form ?? "RFC4716");
  return generate(keygen, wanted);
};

/** The file of a job that was not named one. */
async function fileOf(keygen: Keygen): Promise<string> {
  if (keygen.file !== undefined) return keygen.file;
  const { tty, stdout, user } = keygen.ctx;
  const usual = `${user.home}/.ssh/id_rsa`;
  await (tty ?? stdout).write(`Enter file in which the key is (${usual}): `);
  const typed = tty ? await tty.readLine() : undefined;
  return typed === undefined || typed === "" ? usual : typed;
}

async function list(keygen: Keygen, picture: boolean): Promise<number> {
  const file = await fileOf(keygen);
  const keys = await publicKeysOf(keygen, file);
  if ("reason" in keys) {
    await keygen.ctx.stderr.write(`ssh-keygen: ${file}: ${keys.reason}\n`);
    return 255;
  }
  if (keys.length === 0) {
    await keygen.ctx.stderr.write(`${file} is not a public key file.\n`);
    return 255;
  }
  for (const key of keys) {
    const comment = key.comment === "" ? "no comment" : key.comment;
    await keygen.ctx.stdout.write(
      `${key.bits} ${fingerprintOf(key.blob, keygen.hash)} ${comment} (${kindOf(key.type)})\n`,
    );
    if (picture) await keygen.ctx.stdout.write(randomart(key, keygen.hash));
  }
  return 0;
}

async function printPublic(keygen: Keygen, passphrase: string | undefined): Promise<number> {
  const file = await fileOf(keygen);
  if (!(await keygen.ctx.files.stat(keygen.path(file)).catch(() => undefined))) {
    await keygen.ctx.stderr.write(`${file}: No such file or directory\n`);
    return 255;
  }
  const key = await loadPrivate(keygen, file, passphrase);
  if (!key) return 255;
  await keygen.ctx.stdout.write(publicLine(key));
  return 0;
}

async function changePassphrase(keygen: Keygen, old: string | undefined, wanted: Wanted): Promise<number> {
  const file = await fileOf(keygen);
  const key = await loadPrivate(keygen, file, old, "Enter old passphrase: ");
  if (!key) return 255;
  await keygen.ctx.stdout.write(`Key has comment '${key.comment}'\n`);
  const passphrase =
    wanted.passphrase ?? (await newPassphrase(keygen, "Enter new passphrase (empty for no passphrase): "));
  await saveKey(keygen, file, key, passphrase, wanted);
  await keygen.ctx.stdout.write("Your identification has been saved with the new passphrase.\n");
  return 0;
}

async function changeComment(keygen: Keygen, passphrase: string | undefined, wanted: Wanted): Promise<number> {
  const file = await fileOf(keygen);
  const read = await readOr(keygen, file);
  const isLocked =
    "text" in read &&
    /aes256|ENCRYPTED/.test(Buffer.from(read.text.replace(/-----.*|\s/g, ""), "base64").toString("latin1"));
  const secret = isLocked ? (passphrase ?? (await askPassphrase(keygen, "Enter passphrase: "))) : "";
  const key = await loadPrivate(keygen, file, secret);
  if (!key) return 255;
  await keygen.ctx.stdout.write(`Old comment: ${key.comment}\n`);
  let comment = wanted.comment;
  if (comment === undefined) {
    await (keygen.ctx.tty ?? keygen.ctx.stdout).write("New comment: ");
    comment = (await keygen.ctx.tty?.readLine()) ?? "";
  }
  if (comment === key.comment) {
    await keygen.ctx.stdout.write("No change to comment\n");
    return 0;
  }
  await saveKey(keygen, file, { ...key, comment }, secret, wanted);
  await keygen.ctx.stdout.write(comment === "" ? "Comment removed\n" : `Comment '${comment}' applied\n`);
  return 0;
}

async function exportKey(keygen: Keygen, form: string): Promise<number> {
  const file = await fileOf(keygen);
  const keys = await publicKeysOf(keygen, file);
  const key = Array.isArray(keys) ? keys[0] : undefined;
  const fail = async (text: string) => {
    await keygen.ctx.stderr.write(text);
    return 255;
  };
  if (!key) return fail(Array.isArray(keys) ? `${file} is not a public key file.\n` : `${file}: ${keys.reason}\n`);
  const upper = form.toUpperCase();
  if (upper === "RFC4716" || upper === "SSH2") {
    const lines = key.blob.toString("base64").match(/.{1,70}/g) ?? [];
    const about = `${key.bits}-bit ${kindOf(key.type)}, converted by root@${keygen.ctx.node} from OpenSSH`;
    await keygen.ctx.stdout.write(
      `---- BEGIN SSH2 PUBLIC KEY ----\nComment: "${about.slice(0, 60)}"\n${lines.join("\n")}\n---- END SSH2 PUBLIC KEY ----\n`,
    );
    return 0;
  }
  if (upper !== "PEM" && upper !== "PKCS8") return fail(`Unsupported conversion format "${form}"\n`);
  const kind = kindOf(key.type);
  if (kind === "ED25519") return fail(`do_convert_to_${upper.toLowerCase()}: unsupported key type ED25519\n`);
  const own = createPublicKey({ key: spkiOf(key), format: "jwk" });
  const type = upper === "PEM" && kind === "RSA" ? "pkcs1" : "spki";
  await keygen.ctx.stdout.write(own.export({ format: "pem", type } as { format: "pem"; type: "spki" }) as string);
  return 0;
}

async function importKey(keygen: Keygen, form: string): Promise<number> {
  const file = await fileOf(keygen);
  const read = await readOr(keygen, file);
  if ("reason" in read) {
    await keygen.ctx.stderr.write(`${file}: ${read.reason}\n`);
    return 255;
  }
  const upper = form.toUpperCase();
  if (upper !== "RFC4716" && upper !== "SSH2") {
    await keygen.ctx.stderr.write(notModelled("ssh-keygen", `-i -m ${form}`));
    return 1;
  }
  const body = /---- BEGIN SSH2 PUBLIC KEY ----\n((?:[^\n]*:[^\n]*\n)*)([^-]+)---- END/.exec(read.text)?.[2] ?? "";
  const key: PublicKey | undefined = readBlob(Buffer.from(body.replace(/\s/g, ""), "base64"));
  if (!key) {
    await keygen.ctx.stderr.write("uudecode failed.\n");
    return 255;
  }
  await keygen.ctx.stdout.write(publicLine(key));
  return 0;
}
