/** Keys that a client can prove itself with: files that are named, else root's usual ones, and those that an agent holds. */
import { fingerprintOf, kindOf, type PublicKey, readPrivate, readPublicLine, unlock } from "../../keys/openssh-key.ts";
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { hiddenLine } from "../hidden-line.ts";
import { filledPath } from "./client-config.ts";
import type { ResolvedHost } from "./resolved-host.ts";

const USUAL = ["rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk", "xmss", "dsa"].map((kind) => `~/.ssh/id_${kind}`);
const PASSPHRASE_TRIES = 3;

export interface Identity {
  /** As it is told: the path, or the comment of a key that an agent holds. */
  name: string;
  path: string;
  /** Undefined where the file is not there, or does not tell its public half. */
  key: PublicKey | undefined;
  /** ` explicit`, or nothing. */
  origin: string;
}

/** What would be offered, in its order. */
export async function identitiesOf(context: ProgramContext, host: ResolvedHost): Promise<Identity[]> {
  const named = host.config.get("identityfile");
  const about = { host: host.hostname, typed: host.typed, user: host.user, port: host.port, local: context.user };
  const found: Identity[] = [];
  for (const word of named ?? USUAL) {
    const name = filledPath(word, about);
    const path = name.startsWith("/") ? name : `${context.cwd}/${name}`;
    const key = await publicHalf(context, path);
    await host.debug(`identity file ${name} type ${key ? typeNumber(key) : -1}`);
    found.push({ name, path, key, origin: named ? " explicit" : "" });
  }
  return found;
}

/** OpenSSH's own numbers of kinds. @source sshkey.h enum sshkey_types */
function typeNumber(key: PublicKey): number {
  return ({ RSA: 0, ECDSA: 2, ED25519: 3 } as Record<string, number>)[kindOf(key.type)] ?? -1;
}

export function describeIdentity({ name, key, origin }: Identity): string {
  return `${name} ${key ? `${kindOf(key.type)} ${fingerprintOf(key.blob)}` : ""}${origin}`;
}

/** The public half by the file beside it, else out of the private one. */
async function publicHalf(context: ProgramContext, path: string): Promise<PublicKey | undefined> {
  const text = async (file: string) =>
    context.files.readFile(file).then(
      (bytes) => Buffer.from(bytes).toString("utf8"),
      () => "",
    );
  const beside = readPublicLine((await text(`${path}.pub`)).split("\n")[0]!);
  if (beside) return beside;
  const read = readPrivate(await text(path));
  return read.state === "key" ? read.key : undefined;
}

/**
 * Whether the private half is at hand, asked for its passphrase where it is locked. What is wrong with it is told.
 *
 * @returns the key that it really is; undefined when it cannot be used
 */
export async function privateHalf(
  context: ProgramContext,
  host: ResolvedHost,
  identity: Identity,
): Promise<PublicKey | undefined> {
  const { name, path } = identity;
  let mode: number;
  let text: string;
  try {
    ({ mode } = await context.files.stat(path));
    text = Buffer.from(await context.files.readFile(path)).toString("utf8");
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    // The installation's own RSA key: its private half is there and cannot be read.
    if (error.code === "EPERM") return identity.key;
    if (error.code !== "ENOENT") await context.stderr.write(`Load key "${name}": ${ERRNO_TEXT[error.code]}\n`);
    return undefined;
  }
  if ((mode & 0o077) !== 0) {
    await context.stderr.write(unprotected(name, mode));
    return undefined;
  }
  const read = readPrivate(text);
  if (read.state === "key") return read.key;
  if (read.state === "none") {
    await context.stderr.write(`Load key "${name}": error in libcrypto\n`);
    return undefined;
  }
  return host.isSet("batchmode") ? undefined : askedFor(context, name, text);
}

async function askedFor(context: ProgramContext, name: string, text: string): Promise<PublicKey | undefined> {
  const { tty } = context;
  if (!tty) return undefined;
  for (let attempt = 0; attempt < PASSPHRASE_TRIES; attempt++) {
    const passphrase = await hiddenLine(context, `Enter passphrase for key '${name}': `);
    if (passphrase === undefined || passphrase === "") return undefined;
    const read = await unlock(text, passphrase);
    if (read.state === "key") return read.key;
  }
  return undefined;
}

export function unprotected(name: string, mode: number): string {
  const rule = "@".repeat(59);
  return `${rule}\n@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\n${rule}\nPermissions 0${(mode & 0o777).toString(8)} for '${name}' are too open.\nIt is required that your private key files are NOT accessible by others.\nThis private key will be ignored.\nLoad key "${name}": bad permissions\n`;
}
