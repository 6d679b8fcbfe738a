/** Whether the machine at the other end is the one that root knows. @source sshconnect.c of OpenSSH 9.2 check_host_key */
import { fingerprintOf, kindOf, type PublicKey } from "../../keys/openssh-key.ts";
import { randomart } from "../../keys/randomart.ts";
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { hostName, type KnownHost, knownHostsIn, lineNames, rememberKeys } from "./known-hosts-file.ts";
import type { ResolvedHost } from "./resolved-host.ts";

export type HostCheck =
  /** `fileOfRoot`: the file of root's that holds the key now. `passwords`: whether one may be sent. */
  { state: "known"; key: PublicKey; passwords: boolean; fileOfRoot: string | undefined } | { state: "refused" };

interface Lists {
  entries: KnownHost[];
  /** Those that name this host. */
  named: KnownHost[];
}

/** Look the host's key up, ask for an unknown one, refuse a wrong one. @param keys the server's, the favourite first */
export async function checkHost(
  context: ProgramContext,
  host: ResolvedHost,
  address: string,
  keys: readonly PublicKey[],
): Promise<HostCheck> {
  const name = host.setting("hostkeyalias") ?? hostName(host.hostname, host.port);
  const { named, entries } = await lists(context, host, name);
  // Kinds that are known for this host are asked for first.
  const key = keys.find(({ type }) => named.some((entry) => entry.key.type === type)) ?? keys[0]!;
  const fingerprint = fingerprintOf(key.blob);
  await host.debug("SSH2_MSG_KEXINIT sent");
  await host.debug("SSH2_MSG_KEXINIT received");
  await host.debug("kex: algorithm: sntrup761x25519-sha512");
  await host.debug(`kex: host key algorithm: ${key.type === "ssh-rsa" ? "rsa-sha2-512" : key.type}`);
  await host.debug(`Server host key: ${key.type} ${fingerprint}`);
  const checking = host.setting("stricthostkeychecking") ?? "ask";
  const asked = checking !== "no" && checking !== "off";
  const same = named.find((entry) => entry.key.blob.equals(key.blob) && entry.marker === undefined);
  const own = (file: string) => (host.userFiles.includes(file) ? file : undefined);
  if (named.some((entry) => entry.marker === "@revoked" && entry.key.blob.equals(key.blob))) {
    await context.stderr.write(revoked(key, host.hostname));
    return refuse(context);
  }
  if (same) {
    await host.debug(`Host '${name}' is known and matches the ${kindOf(key.type)} host key.`);
    await host.debug(`Found key in ${same.file}:${same.line}`);
    return { state: "known", key, passwords: true, fileOfRoot: own(same.file) };
  }
  const other = named.find((entry) => entry.key.type === key.type);
  if (other) {
    await context.stderr.write(changed(key, fingerprint, host, name, other));
    if (asked) {
      await context.stderr.write(`Host key for ${name} has changed and you have requested strict checking.\n`);
      return refuse(context);
    }
    await context.stderr.write(
      "Password authentication is disabled to avoid man-in-the-middle attacks.\nKeyboard-interactive authentication is disabled to avoid man-in-the-middle attacks.\n",
    );
    return { state: "known", key, passwords: false, fileOfRoot: undefined };
  }
  const kind = kindOf(key.type);
  if (checking === "yes") {
    await context.stderr.write(`No ${kind} host key is known for ${name} and you have requested strict checking.\n`);
    return refuse(context);
  }
  if (asked && checking !== "accept-new") {
    if (!context.tty || host.isSet("batchmode")) return refuse(context);
    const shown = address === name ? name : `${name} (${hostName(address, host.port)})`;
    const elsewhere = entries.filter((entry) => entry.key.blob.equals(key.blob));
    const names = elsewhere.map(
      (entry) => `    ${entry.file.replace(`${context.user.home}/`, "~/")}:${entry.line}: ${shownNames(entry.names)}\n`,
    );
    const others =
      names.length === 0
        ? "This key is not known by any other names.\n"
        : `This host key is known by the following other names/addresses:\n${names.slice(0, 8).join("")}${names.length > 8 ? `    (${names.length - 8} additional names omitted)\n` : ""}`;
    const picture = host.isSet("visualhostkey") ? randomart(key) : "";
    await context.tty.write(
      `The authenticity of host '${shown}' can't be established.\n${kind} key fingerprint is ${fingerprint}.\n${picture}${others}`,
    );
    if (!(await confirmed(context, fingerprint))) return refuse(context);
  }
  const file = host.userFiles[0];
  if (file !== undefined && file !== "none") {
    await context.stderr.write(`Warning: Permanently added '${name}' (${kind}) to the list of known hosts.\n`);
    await rememberKeys(context, file, name, [key], host.isSet("hashknownhosts"));
  }
  return { state: "known", key, passwords: true, fileOfRoot: file };
}

/** Further keys of a host that is known are learnt, as `UpdateHostKeys` does in a session that lasts. */
export async function learnFurtherKeys(
  context: ProgramContext,
  host: ResolvedHost,
  check: Extract<HostCheck, { state: "known" }>,
  keys: readonly PublicKey[],
): Promise<void> {
  const wanted = host.setting("updatehostkeys") ?? (host.setting("userknownhostsfile") === undefined ? "yes" : "no");
  if (wanted !== "yes" && wanted !== "true") return;
  const file = check.fileOfRoot;
  if (file === undefined || file === "none") return;
  const name = hostName(host.hostname, host.port);
  const known = (await knownHostsIn(context, file)) ?? [];
  const fresh = keys.filter((key) => !known.some((entry) => entry.key.blob.equals(key.blob)));
  if (fresh.length === 0 || !known.some((entry) => lineNames(entry.names, name))) return;
  for (const key of fresh) await host.inform(`Learned new hostkey: ${kindOf(key.type)} ${fingerprintOf(key.blob)}`);
  await rememberKeys(context, file, name, fresh, host.isSet("hashknownhosts"));
}

async function lists(context: ProgramContext, host: ResolvedHost, name: string): Promise<Lists> {
  const entries: KnownHost[] = [];
  for (const file of [...host.userFiles, ...host.systemFiles]) {
    if (file === "none") continue;
    const found = await knownHostsIn(context, file);
    if (found) entries.push(...found);
    else await host.debug(`load_hostkeys: fopen ${file}: ${await reasonMissing(context, file)}`);
  }
  return { entries, named: entries.filter((entry) => lineNames(entry.names, name)) };
}

async function reasonMissing(context: ProgramContext, file: string): Promise<string> {
  try {
    await context.files.stat(file);
    return ERRNO_TEXT.EACCES;
  } catch (error) {
    return error instanceof FileError ? ERRNO_TEXT[error.code] : ERRNO_TEXT.ENOENT;
  }
}

const shownNames = (names: string) => (names.startsWith("|1|") ? "[hashed name]" : names);

async function confirmed(context: ProgramContext, fingerprint: string): Promise<boolean> {
  const tty = context.tty!;
  let question = "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
  for (;;) {
    await tty.write(question);
    const answer = (await tty.readLine())?.trim();
    if (answer === undefined || answer === "" || /^no$/i.test(answer)) return false;
    if (/^yes$/i.test(answer) || answer === fingerprint) return true;
    question = "Please type 'yes', 'no' or the fingerprint: ";
  }
}

async function refuse(context: ProgramContext): Promise<HostCheck> {
  await context.stderr.write("Host key verification failed.\n");
  return { state: "refused" };
}

const RULE = "@".repeat(59);

function changed(key: PublicKey, fingerprint: string, host: ResolvedHost, name: string, other: KnownHost): string {
  const kind = kindOf(key.type);
  const file = host.userFiles[0] ?? other.file;
  return `${RULE}\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n${RULE}\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nSomeone could be eavesdropping on you right now (man-in-the-middle attack)!\nIt is also possible that a host key has just been changed.\nThe fingerprint for the ${kind} key sent by the remote host is\n${fingerprint}.\nPlease contact your system administrator.\nAdd correct host key in ${file} to get rid of this message.\nOffending ${kindOf(other.key.type)} key in ${other.file}:${other.line}\n  remove with:\n  ssh-keygen -f "${other.file}" -R "${name}"\n`;
}

function revoked(key: PublicKey, host: string): string {
  return `${RULE}\n@       WARNING: REVOKED HOST KEY DETECTED!               @\n${RULE}\nThe ${kindOf(key.type)} host key for ${host} is marked as revoked.\nThis could mean that a stolen key is being used to impersonate this host.\n${kindOf(key.type)} host key for ${host} was revoked and you have requested strict checking.\n`;
}
