/**
 * The client's side of SSH between nodes: reach the other's sshd through the simulated network, know its host key, prove
 * who asks. Messages are OpenSSH's.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { qnetdReachable } from "../../cluster/corosync/qdevice-wire.ts";
import { qnetdTrusts } from "../../cluster/corosync/qnetd-host.ts";
import { disksAnswer, machineAnswers, machineAt, machineOfBoot } from "../../cluster/guests/guest-view.ts";
import { nodeByAddress, pathIsUp } from "../../cluster/network.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { guestPathIsUp, reachSsh } from "../../node-view/ssh-reach.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import type { GuestBoot } from "../guest/guest-boot.ts";
import { bootOf } from "../guest/guest-boot.ts";

export interface SshTarget {
  user: string;
  host: string;
}

export interface SshOptions {
  port: number;
  /** `-o Name=value`, names in small letters. */
  settings: Map<string, string>;
  quiet: boolean;
}

export interface SshConnection {
  node: string;
  address: string;
  /** The system inside a guest that the session is on, when it is no node's. */
  guest?: GuestBoot;
  /** The session is on the host of corosync-qnetd, whose name is `node`. */
  qnetd?: true;
  /**
   * Whether packets pass now; `reset` when the machine was started anew meanwhile, `closed` when its system shut down in
   * good order and ended its sessions.
   */
  state(): "up" | "silent" | "reset" | "closed";
}

/** What ssh says and exits with when it does not come to a session. */
export const SSH_FAILED = 255;
const PASSWORD_TRIES = 3;
const WRONG_PASSWORD_DELAY_MS = 2_000;
/** Key exchange and login of a healthy connection, model milliseconds. */
const HANDSHAKE_MS = 150;

/** Open a connection. @returns undefined after saying why not */
export async function connectSsh(
  context: ProgramContext,
  target: SshTarget,
  options: SshOptions,
): Promise<SshConnection | undefined> {
  const { lab, node, signal } = context;
  const say = async (text: string) => {
    await context.stderr.write(text);
    return undefined;
  };
  const host = target.host.toLowerCase();
  const reach = lab.read((state) => reachSsh(state, node, host));
  if (reach.state === "unknown-host") {
    await lab.sleep(20, signal);
    return say(`ssh: Could not resolve hostname ${host}: Name or service not known\n`);
  }
  const refused = options.port !== 22 && reach.state === "open";
  if (reach.state === "closed" || refused) {
    const limitMs = Number(options.settings.get("connecttimeout") ?? 0) * 1000;
    const { reason, afterMs } = reach.state === "closed" ? reach : { reason: "Connection refused", afterMs: 20 };
    const late = limitMs > 0 && afterMs > limitMs;
    await lab.sleep(late ? limitMs : afterMs, signal);
    return say(`ssh: connect to host ${host} port ${options.port}: ${late ? "Connection timed out" : reason}\n`);
  }
  await lab.sleep(HANDSHAKE_MS, signal);
  if (reach.guest) {
    const guest = bootOf(reach.guest);
    // Its kernel takes the connection; its sshd cannot be started while its disk does not answer.
    await lab.until(
      (state) => {
        const found = machineOfBoot(state, guest.vmid, guest.bootId);
        return !found || disksAnswer(state, found.node, found.instance) ? true : undefined;
      },
      { signal },
    );
    if (!(await knowsHost(context, host, `guest ${guest.vmid}`, reach.address, options))) return undefined;
    if (target.user !== "root") return say(`${target.user}@${host}: Permission denied (publickey).\n`);
    return { node: reach.node, address: reach.address, guest, state: guestLinkOf(context, guest, reach.address) };
  }
  if (!(await knowsHost(context, host, reach.node, reach.address, options))) return undefined;
  if (!(await proveUser(context, target, reach.node, options))) return undefined;
  if (reach.qnetd) {
    const up = () => lab.read((state) => qnetdReachable(state, node));
    return { node: reach.node, address: reach.address, qnetd: true, state: () => (up() ? "up" : "silent") };
  }
  return { node: reach.node, address: reach.address, state: linkStateOf(context, reach.node, reach.address) };
}

function linkStateOf(context: ProgramContext, to: string, address: string): SshConnection["state"] {
  const { lab, node: from } = context;
  const bootCount = lab.read((state) => state.nodes[to]?.bootCount);
  return () =>
    lab.read((readonly) => {
      const state = readonly as LabState;
      const far = state.nodes[to];
      if (!far || far.bootCount !== bootCount) return "reset";
      if (far.power !== "on") return "silent";
      const network = nodeByAddress(state, address)?.network;
      if (network === undefined || from === to) return "up";
      return pathIsUp(state, network, from, to) && pathIsUp(state, network, to, from) ? "up" : "silent";
    });
}

/** A connection belongs to one boot of the guest's system, wherever that runs. */
function guestLinkOf(context: ProgramContext, guest: GuestBoot, address: string): SshConnection["state"] {
  const { lab, node: from } = context;
  return () =>
    lab.read((readonly) => {
      const state = readonly as LabState;
      const found = machineOfBoot(state, guest.vmid, guest.bootId);
      if (found) {
        return machineAnswers(state, found.instance) && guestPathIsUp(state, from, found.node) ? "up" : "silent";
      }
      if (state.guestSystems[guest.vmid]?.endedBootId === guest.bootId) return "closed";
      const other = machineAt(state, address);
      // A system that knows nothing of this connection says so.
      return other && machineAnswers(state, other.instance) && guestPathIsUp(state, from, other.node)
        ? "reset"
        : "silent";
    });
}

/** An ed25519 key of the right form, always the same one for a node. */
export function hostKeyOf(lab: Readonly<LabState>, node: string): { blob: string; fingerprint: string } {
  const secret = createHash("sha256").update(`${lab.seed}/${node}/ssh_host_ed25519_key`).digest();
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const blob = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(secret)]);
  const fingerprint = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { blob: blob.toString("base64"), fingerprint: `SHA256:${fingerprint}` };
}

export const KNOWN_HOSTS = "/root/.ssh/known_hosts";

/** Look the host's key up, ask for an unknown one, refuse a wrong one. */
async function knowsHost(
  context: ProgramContext,
  host: string,
  node: string,
  address: string,
  options: SshOptions,
): Promise<boolean> {
  const key = context.lab.read((state) => hostKeyOf(state, node));
  const names = options.settings.has("hostkeyalias") ? [options.settings.get("hostkeyalias")!] : [host, address];
  const checking = options.settings.get("stricthostkeychecking") ?? "ask";
  const files = options.settings.has("userknownhostsfile")
    ? [options.settings.get("userknownhostsfile")!]
    : [KNOWN_HOSTS, "/etc/ssh/ssh_known_hosts"];
  const entries = await knownKeys(context, names, files);
  if (entries.includes(key.blob)) return true;
  // A node's own entry in /etc/pve/nodes holds another kind of key, which is its, too.
  for (const path of files.filter((file) => file.startsWith("/etc/pve/nodes/"))) {
    if ((await textOf(context, path)).includes(`${names[0]} `)) return true;
  }
  const fail = async (text: string) => {
    await context.stderr.write(`${text}Host key verification failed.\n`);
    return false;
  };
  if (entries.length > 0 && checking !== "no") return fail(changedKey(key.fingerprint, host));
  if (checking === "yes")
    return fail(`No ED25519 host key is known for ${host} and you have requested strict checking.\n`);
  if (checking !== "no" && checking !== "accept-new") {
    if (!context.tty || options.settings.get("batchmode") === "yes") return fail("");
    const shown = address === host ? host : `${host} (${address})`;
    await context.tty.write(
      `The authenticity of host '${shown}' can't be established.\nED25519 key fingerprint is ${key.fingerprint}.\nThis key is not known by any other names.\n`,
    );
    let question = "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
    for (;;) {
      await context.tty.write(question);
      const answer = await context.tty.readLine();
      if (answer === undefined || /^no$/i.test(answer.trim())) return fail("");
      if (/^yes$/i.test(answer.trim()) || answer.trim() === key.fingerprint) break;
      question = "Please type 'yes', 'no' or the fingerprint: ";
    }
  }
  await context.stderr.write(`Warning: Permanently added '${host}' (ED25519) to the list of known hosts.\n`);
  await rememberHost(context, host, key.blob, files[0]!);
  return true;
}

/** A further line of known_hosts. */
export async function rememberHost(
  context: ProgramContext,
  host: string,
  blob: string,
  file = KNOWN_HOSTS,
): Promise<void> {
  const line = `${hashedName(host)} ssh-ed25519 ${blob}\n`;
  await context.files
    .writeFile(file, new TextEncoder().encode(line), { append: true, mode: 0o600 })
    .catch(() => undefined);
}

/** Keys that root's known_hosts, or the system's, has for a host. */
export async function knownKeys(
  context: ProgramContext,
  names: string[],
  files = [KNOWN_HOSTS, "/etc/ssh/ssh_known_hosts"],
): Promise<string[]> {
  const known = (await Promise.all(files.map((path) => textOf(context, path)))).join("\n");
  return known.split("\n").flatMap((line) => {
    const [patterns, type, blob] = line.trim().split(/\s+/);
    return type === "ssh-ed25519" && blob && names.some((name) => lineNames(patterns!, name)) ? [blob] : [];
  });
}

/** Debian's ssh hashes the names in known_hosts. @source ssh_config(5) HashKnownHosts */
function hashedName(host: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(host).digest("base64")}`;
}

/** Whether the first word of a line in known_hosts names a host, hashed or not. */
export function lineNames(patterns: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|(.+)$/.exec(patterns);
  if (!hashed) return patterns.split(",").includes(name);
  return createHmac("sha1", Buffer.from(hashed[1]!, "base64")).update(name).digest("base64") === hashed[2];
}

function changedKey(fingerprint: string, host: string): string {
  const rule = "@".repeat(59);
  return `${rule}\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n${rule}\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nSomeone could be eavesdropping on you right now (man-in-the-middle attack)!\nIt is also possible that a host key has just been changed.\nThe fingerprint for the ED25519 key sent by the remote host is\n${fingerprint}.\nPlease contact your system administrator.\nAdd correct host key in ${KNOWN_HOSTS} to get rid of this message.\nOffending ED25519 key in ${KNOWN_HOSTS}\n  remove with:\n  ssh-keygen -f "${KNOWN_HOSTS}" -R "${host}"\nHost key for ${host} has changed and you have requested strict checking.\n`;
}

/** root's key where the other node reads it, else root's password there. */
async function proveUser(
  context: ProgramContext,
  target: SshTarget,
  node: string,
  options: SshOptions,
): Promise<boolean> {
  const { lab, tty } = context;
  if (target.user === "root" && lab.read((state) => keyIsKnown(state, context.node, node))) return true;
  const denied = `${target.user}@${target.host}: Permission denied (publickey,password).\n`;
  if (!tty || options.settings.get("batchmode") === "yes") {
    await context.stderr.write(denied);
    return false;
  }
  for (let attempt = 0; attempt < PASSWORD_TRIES; attempt++) {
    tty.setMode("no-echo");
    let password: string | undefined;
    try {
      await tty.write(`${target.user}@${target.host}'s password: `);
      password = await tty.readLine();
      await tty.write("\n");
    } finally {
      tty.setMode("cooked");
    }
    if (password === undefined) break;
    const right = lab.read((state) => rootPasswordOf(state, node) === password);
    if (right && target.user === "root") return true;
    await lab.sleep(WRONG_PASSWORD_DELAY_MS, context.signal);
    if (attempt < PASSWORD_TRIES - 1) await context.stderr.write("Permission denied, please try again.\n");
  }
  await context.stderr.write(denied);
  return false;
}

function rootPasswordOf(lab: Readonly<LabState>, host: string): string | undefined {
  return host === lab.qnetd?.name ? lab.qnetd.rootPassword : lab.nodes[host]?.accounts.rootPassword;
}

/** root's authorized_keys is a link into /etc/pve: the keys of all nodes of the cluster are in it. */
function keyIsKnown(lab: Readonly<LabState>, from: string, to: string): boolean {
  if (to === lab.qnetd?.name) return qnetdTrusts(lab, from);
  const keys = pmxcfsFile(lab, to, "priv/authorized_keys") ?? "";
  return keys.split("\n").some((line) => line.trim().endsWith(` root@${from}`));
}
