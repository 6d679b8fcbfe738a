/** New keys: `ssh-keygen -t KIND`, and the host's with `-A`. @source ssh-keygen.c of OpenSSH 9.2, its output */
import { createPrivateKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import {
  fingerprintOf,
  jwkOf,
  keyFromJwk,
  lockedText,
  type PrivateKey,
  privateText,
  publicLine,
} from "../../../keys/openssh-key.ts";
import { randomart } from "../../../keys/randomart.ts";
import { ERRNO_TEXT, FileError } from "../../../shell/node-files.ts";
import { notModelled } from "../../printed.ts";
import { type Keygen, newPassphrase, told } from "./keygen-context.ts";

export interface Wanted {
  type: string;
  bits: number | undefined;
  comment: string | undefined;
  passphrase: string | undefined;
  /** `-m`: `RFC4716`, `PEM`, `PKCS8`. */
  form: string | undefined;
  rounds: number | undefined;
}

const make = promisify(generateKeyPair);
/** Longer ones take minutes of a processor that all labs of a thread share. */
const RSA_BITS_MAX = 8_192;
const CURVES: Record<number, string> = { 256: "P-256", 384: "P-384", 521: "P-521" };

export async function generate(keygen: Keygen, wanted: Wanted): Promise<number> {
  const { ctx } = keygen;
  const type = wanted.type.toLowerCase();
  const fail = async (text: string, status = 255) => {
    await ctx.stderr.write(text);
    return status;
  };
  if (["dsa", "ecdsa-sk", "ed25519-sk"].includes(type)) return fail(notModelled("ssh-keygen", `-t ${type}`));
  if (!["rsa", "ecdsa", "ed25519"].includes(type)) return fail(`unknown key type ${wanted.type}\n`);
  const bits = wanted.bits ?? (type === "rsa" ? 3072 : 256);
  if (type === "rsa" && bits < 1024) return fail("Invalid RSA key length: minimum is 1024 bits\n");
  if (type === "rsa" && bits > 16_384) return fail("Invalid RSA key length: maximum is 16384 bits\n");
  if (type === "rsa" && bits > RSA_BITS_MAX) return fail(notModelled("ssh-keygen", `-b ${bits}`));
  if (type === "ecdsa" && !CURVES[bits]) {
    return fail("Invalid ECDSA key length: valid lengths are 256, 384 or 521 bits\n");
  }
  await told(keygen, `Generating public/private ${type} key pair.\n`);
  const usual = `${ctx.user.home}/.ssh/id_${type}`;
  const file = keygen.file ?? (await askFile(keygen, usual));
  if (!(await mayWrite(keygen, file))) return 1;
  const key = { ...(await newKey(type, bits)), comment: wanted.comment ?? `${ctx.user.name}@${ctx.node}` };
  const passphrase = wanted.passphrase ?? (await newPassphrase(keygen, "Enter passphrase (empty for no passphrase): "));
  try {
    await saveKey(keygen, file, key, passphrase, wanted);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return fail(`Saving key "${file}" failed: ${ERRNO_TEXT[error.code]}\n`, 1);
  }
  await told(
    keygen,
    `Your identification has been saved in ${file}\nYour public key has been saved in ${file}.pub\nThe key fingerprint is:\n${fingerprintOf(key.blob, keygen.hash)} ${key.comment}\nThe key's randomart image is:\n${randomart(key, keygen.hash)}`,
  );
  return 0;
}

/** Both files of a key. @throws FileError */
export async function saveKey(
  keygen: Keygen,
  file: string,
  key: PrivateKey,
  passphrase: string,
  how: Pick<Wanted, "form" | "rounds">,
): Promise<void> {
  const { files, user } = keygen.ctx;
  const text = await fileText(key, passphrase, how);
  const path = keygen.path(file);
  const folder = path.slice(0, path.lastIndexOf("/"));
  if (folder === `${user.home}/.ssh` && !(await files.stat(folder).catch(() => undefined))) {
    await files.mkdir(folder, 0o700);
    await told(keygen, `Created directory '${folder}'.\n`);
  }
  const bytes = (content: string) => new TextEncoder().encode(content);
  await files.writeFile(path, bytes(text), { mode: 0o600 });
  await files.chmod(path, 0o600);
  await files.writeFile(`${path}.pub`, bytes(publicLine(key)), { mode: 0o644 });
}

async function fileText(key: PrivateKey, passphrase: string, how: Pick<Wanted, "form" | "rounds">): Promise<string> {
  const form = how.form?.toUpperCase();
  if ((form === "PEM" || form === "PKCS8") && key.type !== "ssh-ed25519") {
    const type = form === "PKCS8" ? "pkcs8" : key.type === "ssh-rsa" ? "pkcs1" : "sec1";
    const own = createPrivateKey({ key: jwkOf(key), format: "jwk" });
    const locked = passphrase === "" ? {} : { cipher: "aes-128-cbc", passphrase };
    return own.export({ format: "pem", type, ...locked } as { format: "pem"; type: "pkcs8" }) as string;
  }
  return passphrase === "" ? privateText(key) : lockedText(key, passphrase, how.rounds);
}

/** The host's keys that are missing. */
export async function generateHostKeys(keygen: Keygen): Promise<number> {
  const { ctx } = keygen;
  let told = false;
  for (const type of ["rsa", "ecdsa", "ed25519"]) {
    const file = `${keygen.file ?? ""}/etc/ssh/ssh_host_${type}_key`;
    if (await ctx.files.stat(file).catch(() => undefined)) continue;
    await ctx.stdout.write(`${told ? "" : "ssh-keygen: generating new host keys: "}${type.toUpperCase()} `);
    told = true;
    const key = { ...(await newKey(type, type === "rsa" ? 3072 : 256)), comment: `${ctx.user.name}@${ctx.node}` };
    try {
      await saveKey(keygen, file, key, "", { form: undefined, rounds: undefined });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await ctx.stderr.write(`Could not save your private key in ${file}: ${ERRNO_TEXT[error.code]}\n`);
    }
  }
  if (told) await ctx.stdout.write("\n");
  return 0;
}

async function newKey(type: string, bits: number): Promise<PrivateKey> {
  const { privateKey } =
    type === "rsa"
      ? await make("rsa", { modulusLength: bits })
      : type === "ecdsa"
        ? await make("ec", { namedCurve: CURVES[bits]! })
        : await make("ed25519");
  return keyFromJwk(privateKey.export({ format: "jwk" }));
}

async function askFile(keygen: Keygen, usual: string): Promise<string> {
  const question = `Enter file in which to save the key (${usual}): `;
  const { tty } = keygen.ctx;
  await (tty ?? keygen.ctx.stdout).write(question);
  const typed = tty ? await tty.readLine() : undefined;
  if (!tty) await keygen.ctx.stdout.write("\n");
  return typed === undefined || typed === "" ? usual : typed;
}

async function mayWrite(keygen: Keygen, file: string): Promise<boolean> {
  const { ctx } = keygen;
  if (!(await ctx.files.stat(keygen.path(file)).catch(() => undefined))) return true;
  await ctx.stdout.write(`${file} already exists.\nOverwrite (y/n)? `);
  const typed = ctx.tty ? await ctx.tty.readLine() : undefined;
  return /^[yY]/.test(typed ?? "");
}
