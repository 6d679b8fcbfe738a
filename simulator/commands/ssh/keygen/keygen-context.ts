/** What the parts of ssh-keygen share: files, messages, questions. */
import { type PrivateKey, type PublicKey, readPrivate, readPublicLine, unlock } from "../../../keys/openssh-key.ts";
import { ERRNO_TEXT, FileError } from "../../../shell/node-files.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { hiddenLine } from "../../hidden-line.ts";
import { unprotected } from "../identities.ts";

export interface Keygen {
  ctx: ProgramContext;
  /** `-f`. */
  file: string | undefined;
  quiet: boolean;
  hash: "sha256" | "md5";
  /** An absolute path. */
  path(name: string): string;
}

/** A message that `-q` keeps back. */
export async function told(keygen: Keygen, text: string): Promise<void> {
  if (!keygen.quiet) await keygen.ctx.stdout.write(text);
}

/** A file's text, or why there is none. */
export async function readOr(keygen: Keygen, file: string): Promise<{ text: string } | { reason: string }> {
  if (file === "-") {
    let text = "";
    for (let bytes = await keygen.ctx.stdin.read(); bytes; bytes = await keygen.ctx.stdin.read()) {
      text += Buffer.from(bytes).toString("utf8");
    }
    return { text };
  }
  try {
    return { text: Buffer.from(await keygen.ctx.files.readFile(keygen.path(file))).toString("utf8") };
  } catch (error) {
    if (error instanceof FileError) return { reason: ERRNO_TEXT[error.code] };
    throw error;
  }
}

/** A passphrase that is typed; an empty one where nobody types. */
export async function askPassphrase(keygen: Keygen, prompt: string): Promise<string> {
  const typed = await hiddenLine(keygen.ctx, prompt);
  if (typed === undefined && !keygen.ctx.tty) await keygen.ctx.stderr.write(prompt);
  return typed ?? "";
}

/** Asked twice until both are the same. */
export async function newPassphrase(keygen: Keygen, prompt: string): Promise<string> {
  for (;;) {
    const first = await askPassphrase(keygen, prompt);
    const second = await askPassphrase(keygen, "Enter same passphrase again: ");
    if (first === second) return first;
    await keygen.ctx.stdout.write("Passphrases do not match.  Try again.\n");
  }
}

/** A private key out of its file. @returns undefined after saying why not */
export async function loadPrivate(
  keygen: Keygen,
  file: string,
  passphrase: string | undefined,
  prompt = "Enter passphrase: ",
): Promise<PrivateKey | undefined> {
  const fail = async (text: string) => {
    await keygen.ctx.stderr.write(text);
    return undefined;
  };
  const stat = await keygen.ctx.files.stat(keygen.path(file)).catch(() => undefined);
  if (stat && (stat.mode & 0o077) !== 0) return fail(unprotected(file, stat.mode));
  const read = await readOr(keygen, file);
  if ("reason" in read) return fail(`Load key "${file}": ${read.reason}\n`);
  let found = readPrivate(read.text);
  if (found.state === "locked") found = await unlock(read.text, passphrase ?? (await askPassphrase(keygen, prompt)));
  if (found.state === "key") {
    // Only OpenSSH's own form keeps a comment; beside the others the public file has it.
    const { key } = found;
    if (key.comment !== "") return key;
    const beside = await readOr(keygen, `${file}.pub`);
    return { ...key, comment: "text" in beside ? (readPublicLine(beside.text)?.comment ?? "") : "" };
  }
  return fail(
    found.state === "locked"
      ? `Load key "${file}": incorrect passphrase supplied to decrypt private key\n`
      : `Load key "${file}": error in libcrypto\n`,
  );
}

/** Public keys of a file that may be a `.pub`, a private key's or a list such as known_hosts. */
export async function publicKeysOf(keygen: Keygen, file: string): Promise<PublicKey[] | { reason: string }> {
  const read = await readOr(keygen, file);
  if ("reason" in read) {
    // The public half of a private file that is not modelled.
    const beside = await readOr(keygen, `${file}.pub`);
    const key = "text" in beside && read.reason === ERRNO_TEXT.EPERM ? readPublicLine(beside.text) : undefined;
    return key ? [key] : read;
  }
  const found = readPrivate(read.text);
  if (found.state === "key") {
    const beside = await readOr(keygen, `${file}.pub`);
    const line = "text" in beside ? readPublicLine(beside.text) : undefined;
    return [line ?? found.key];
  }
  if (found.state === "locked") {
    const beside = await readOr(keygen, `${file}.pub`);
    const line = "text" in beside ? readPublicLine(beside.text) : undefined;
    return line ? [line] : [];
  }
  return read.text.split("\n").flatMap((line) => {
    const plain = readPublicLine(line);
    if (plain) return [plain];
    // Options or names of hosts in front stand as its comment when it has none.
    const behind = /^\s*(\S+)\s+((?:ssh-|ecdsa-)\S+\s+\S+.*)$/.exec(line);
    const key = behind && readPublicLine(behind[2]!);
    return key ? [{ ...key, comment: key.comment === "" ? behind[1]! : key.comment }] : [];
  });
}
