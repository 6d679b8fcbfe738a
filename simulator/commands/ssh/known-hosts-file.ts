/** known_hosts: who has which key. @source sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; hostfile.c of OpenSSH 9.2 */
import { createHmac, randomBytes } from "node:crypto";
import { type PublicKey, readPublicLine } from "../../keys/openssh-key.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { matchesPatterns } from "./client-config.ts";

export interface KnownHost {
  file: string;
  /** Counted from 1. */
  line: number;
  /** Names as they stand there, hashed or not. */
  names: string;
  /** `@revoked`, `@cert-authority`; undefined for most. */
  marker: string | undefined;
  key: PublicKey;
  /** The line itself. */
  text: string;
}

/** Entries of one file, those that cannot be read left out; undefined when there is no such file. */
export async function knownHostsIn(
  context: Pick<ProgramContext, "files">,
  file: string,
): Promise<KnownHost[] | undefined> {
  const there = await context.files.stat(file).catch(() => undefined);
  if (!there) return undefined;
  return parseKnownHosts(await textOf(context, file), file);
}

export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split("\n").flatMap((line, index) => {
    const found = /^\s*(?:(@\S+)\s+)?([^\s#]\S*)\s+(\S+\s+\S+.*)$/.exec(line);
    const key = found && readPublicLine(found[3]!);
    return key ? [{ file, line: index + 1, marker: found[1], names: found[2]!, key, text: line }] : [];
  });
}

/** What known_hosts calls a host at a port. */
export function hostName(host: string, port: number): string {
  const small = host.toLowerCase();
  return port === 22 ? small : `[${small}]:${port}`;
}

/** Whether the first word of a line names a host, hashed or not. */
export function lineNames(names: string, host: string): boolean {
  const hashed = /^\|1\|([^|]+)\|(.+)$/.exec(names);
  if (!hashed) return matchesPatterns(host, names.split(","));
  return createHmac("sha1", Buffer.from(hashed[1]!, "base64")).update(host).digest("base64") === hashed[2];
}

/** Debian's ssh hashes the names in known_hosts. @source ssh_config(5) HashKnownHosts */
export function hashedName(host: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(host).digest("base64")}`;
}

/** Add a host's keys at the end of a file, whose folder is made when it is missing. */
export async function rememberKeys(
  context: Pick<ProgramContext, "files">,
  file: string,
  name: string,
  keys: readonly PublicKey[],
  hash: boolean,
): Promise<void> {
  const lines = keys.map((key) => `${hash ? hashedName(name) : name} ${key.type} ${key.blob.toString("base64")}\n`);
  const write = () =>
    context.files.writeFile(file, new TextEncoder().encode(lines.join("")), { append: true, mode: 0o600 });
  const folder = file.slice(0, file.lastIndexOf("/"));
  await context.files.mkdir(folder, 0o700).catch(() => undefined);
  await write().catch(() => undefined);
}
