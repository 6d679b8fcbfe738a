/**
 * The client's side of SSH between nodes: reach the other's sshd through the simulated network, know its host key, prove
 * who asks. Messages are OpenSSH's.
 */
import { qnetdReachable } from "../../cluster/corosync/qdevice-wire.ts";
import { disksAnswer, machineAnswers, machineAt, machineOfBoot } from "../../cluster/guests/guest-view.ts";
import { arrivalAt } from "../../cluster/host-network/reaching.ts";
import { departureTo } from "../../cluster/host-network/route-choice.ts";
import { tcpFateTo } from "../../cluster/join/reach.ts";
import { pathIsUp } from "../../cluster/network.ts";
import type { LabState } from "../../cluster/state.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { guestPathIsUp, reachSsh, type SshReach } from "../../node-view/ssh-reach.ts";
import { SSH_SOFTWARE } from "../../node-view/ssh-version.ts";
import { accountOf, type NodeUser } from "../../shell/node-user.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { GuestBoot } from "../guest/guest-boot.ts";
import { bootOf } from "../guest/guest-boot.ts";
import type { KeyLimits } from "./authorized-keys.ts";
import { BadConfig } from "./client-config.ts";
import { checkHost, learnFurtherKeys } from "./host-check.ts";
import { identitiesOf } from "./identities.ts";
import { noteLogin } from "./login-journal.ts";
import { type ResolvedHost, resolveHost } from "./resolved-host.ts";
import { serverKeys } from "./server-keys.ts";
import { emptyOptions, parseDestination, type SshOptions, type SshTarget } from "./ssh-arguments.ts";
import { proveUser } from "./user-auth.ts";

export interface SshConnection {
  node: string;
  address: string;
  /** The address that the other side sees the client at. */
  client: string;
  host: ResolvedHost;
  /** What the key that was shown allows; absent where none was asked for. */
  limits?: KeyLimits;
  /** Who the session is of, on a node; root unless said. */
  user?: NodeUser;
  /** The system inside a guest that the session is on, when it is no node's. */
  guest?: GuestBoot;
  /** The session is on the host of corosync-qnetd, whose name is `node`. */
  qnetd?: true;
  /**
   * Whether packets pass now; `reset` when the machine was started anew meanwhile, `closed` when its system shut down in
   * good order and ended its sessions.
   */
  state(): "up" | "silent" | "reset" | "closed";
  /** A session begins that lasts: what ssh does beside it. */
  settle(): Promise<void>;
}

/** What ssh says and exits with when it does not come to a session. */
export const SSH_FAILED = 255;
/** Key exchange and login of a healthy connection, model milliseconds. */
const HANDSHAKE_MS = 150;
/** Machines that a connection may be passed on by, one after another. */
const JUMPS_MAX = 8;

/** Open a connection. @returns undefined after saying why not */
export async function connectSsh(
  context: ProgramContext,
  target: SshTarget,
  options: SshOptions,
): Promise<SshConnection | undefined> {
  try {
    const host = await resolveHost(context, target, options);
    return await connectTo(context, host, options);
  } catch (error) {
    if (!(error instanceof BadConfig)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return undefined;
  }
}

/** The same for a host whose configuration has been read. */
export async function connectTo(
  context: ProgramContext,
  host: ResolvedHost,
  options: SshOptions,
): Promise<SshConnection | undefined> {
  const jumps = host.setting("proxyjump");
  if (jumps === undefined || jumps === "none") return reachHost(context, host, undefined);
  const [first, ...rest] = jumps.split(",").reverse();
  if (rest.length >= JUMPS_MAX) throw new BadConfig("ssh: too many jump hosts");
  // Whoever jumps has the same files; of the command line it has `-F` and `-v`.
  const own = { ...emptyOptions(), file: options.file, verbose: options.verbose, quiet: options.quiet };
  const words = /^(?:([^@]*)@)?([^:]+)(?::(\d+))?$/.exec(first!);
  if (!words) throw new BadConfig(`Invalid -J argument "${jumps}"`);
  if (words[3] !== undefined) own.config.set("port", [words[3]]);
  own.config.set("proxyjump", rest.length > 0 ? [rest.reverse().join(",")] : ["none"]);
  const relay = await connectSsh(
    context,
    parseDestination(`${words[1] === undefined ? "" : `${words[1]}@`}${words[2]}`, own),
    own,
  );
  const lost = async () => {
    await context.stderr.write(
      "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n",
    );
    return undefined;
  };
  if (!relay) return lost();
  if (relay.guest || relay.qnetd) {
    await context.stderr.write(
      "ssh: jumping over a machine that is no node is not modelled in this simulated node yet\n",
    );
    return undefined;
  }
  if (relay.limits?.noForwarding) {
    await context.stderr.write(
      "channel 0: open failed: administratively prohibited: open failed\nstdio forwarding failed\n",
    );
    return lost();
  }
  return reachHost(context, host, relay);
}

/** @param relay what passes the connection on */
async function reachHost(
  context: ProgramContext,
  host: ResolvedHost,
  relay: SshConnection | undefined,
): Promise<SshConnection | undefined> {
  const { lab, signal } = context;
  const from = relay?.node ?? context.node;
  const { hostname: name, port } = host;
  const say = async (text: string) => {
    await context.stderr.write(text);
    return undefined;
  };
  const sayLost = (reason: string, otherwise: string) =>
    relay
      ? say(
          `channel 0: open failed: connect failed: ${reason}\nstdio forwarding failed\nkex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n`,
        )
      : say(otherwise);
  const reach = lab.read((state) => reachSsh(state, from, name));
  if (reach.state === "unknown-host") {
    await lab.sleep(20, signal);
    return sayLost("Name or service not known", `ssh: Could not resolve hostname ${name}: Name or service not known\n`);
  }
  await host.debug(`Connecting to ${host.typed} [${reach.address}] port ${port}.`);
  const refused = port !== 22 && reach.state === "open";
  if (reach.state === "closed" || refused) {
    const limitMs = secondsOf(host.setting("connecttimeout")) * 1000;
    const { reason, afterMs } = reach.state === "closed" ? reach : { reason: "Connection refused", afterMs: 20 };
    const late = limitMs > 0 && afterMs > limitMs;
    await lab.sleep(late ? limitMs : afterMs, signal);
    const told = late ? "Connection timed out" : reason;
    await host.debug(`connect to address ${reach.address} port ${port}: ${told}`);
    return sayLost(told, `ssh: connect to host ${name} port ${port}: ${told}\n`);
  }
  await host.debug("Connection established.");
  const identities = await identitiesOf(context, host);
  const keys = await serverKeys(lab, reach);
  if (keys.length === 0) {
    return say(
      `kex_exchange_identification: read: Connection reset by peer\nConnection reset by ${reach.address} port ${port}\n`,
    );
  }
  await host.debug(`Local version string SSH-2.0-${SSH_SOFTWARE}`);
  await host.debug(`Remote protocol version 2.0, remote software version ${SSH_SOFTWARE}`);
  await host.debug(`Authenticating to ${name}:${port} as '${host.user}'`);
  await lab.sleep(HANDSHAKE_MS, signal);
  if (reach.guest) await diskOf(context, reach);
  const check = await checkHost(context, host, reach.address, keys);
  if (check.state === "refused") return undefined;
  const client = addressSeen(
    lab.read((state) => state),
    from,
    reach.address,
  );
  const settle = () => learnFurtherKeys(context, host, check, keys);
  const common = { node: reach.node, address: reach.address, client, host, settle };
  const through = (state: SshConnection["state"]): SshConnection["state"] => {
    if (!relay) return state;
    return () => (relay.state() === "up" ? state() : relay.state());
  };
  if (reach.guest) {
    if (host.user !== "root") return say(`${host.user}@${name}: Permission denied (publickey).\n`);
    const guest = bootOf(reach.guest);
    return { ...common, guest, state: through(guestLinkOf(lab, from, guest, reach.address)) };
  }
  const login = await proveUser(
    context,
    host,
    { node: reach.node, client, ...(reach.qnetd && { qnetd: true }) },
    { identities, passwords: check.passwords },
  );
  if (!login) return undefined;
  await host.inform(`Authenticated to ${host.typed} ([${reach.address}]:${port}) using "${login.method}".`);
  if (reach.qnetd) {
    const up = () => lab.read((state) => qnetdReachable(state, from));
    return { ...common, limits: login.limits, qnetd: true, state: through(() => (up() ? "up" : "silent")) };
  }
  const user = await accountOf(createNodeFiles(lab, reach.node), host.user);
  noteLogin(lab, reach.node, {
    client,
    method: login.method,
    key: login.key,
    user: user ?? { name: host.user, uid: 0 },
  });
  return {
    ...common,
    ...(user && { user }),
    limits: login.limits,
    state: through(linkStateOf(lab, from, reach.node, reach.address)),
  };
}

const secondsOf = (text: string | undefined) => {
  const found = /^(\d+)([smhd]?)$/i.exec(text ?? "");
  return found ? Number(found[1]) * ({ m: 60, h: 3_600, d: 86_400 }[found[2]!.toLowerCase()] ?? 1) : 0;
};

/** The address of a node that a machine at another address sees. */
function addressSeen(lab: Readonly<LabState>, from: string, to: string): string {
  if (to === "127.0.0.1") return to;
  const departure = departureTo(lab.nodes[from]!.net, to);
  return (departure.kind === "device" ? departure.source : undefined) ?? to;
}

/** Its kernel takes the connection; its sshd cannot be started while its disk does not answer. */
async function diskOf(context: ProgramContext, reach: Extract<SshReach, { state: "open" }>): Promise<void> {
  const guest = bootOf(reach.guest!);
  await context.lab.until(
    (state) => {
      const found = machineOfBoot(state, guest.vmid, guest.bootId);
      return !found || disksAnswer(state, found.node, found.instance) ? true : undefined;
    },
    { signal: context.signal },
  );
}

function linkStateOf(lab: ProgramContext["lab"], from: string, to: string, address: string): SshConnection["state"] {
  const bootCount = lab.read((state) => state.nodes[to]?.bootCount);
  const departure = lab.read((state) => departureTo(state.nodes[from]!.net, address));
  const source = departure.kind === "device" ? departure.source : undefined;
  return () =>
    lab.read((readonly) => {
      const state = readonly as LabState;
      const far = state.nodes[to];
      if (!far || far.bootCount !== bootCount) return "reset";
      if (far.power !== "on") return "silent";
      if (from === to) return "up";
      // Both ends keep their addresses: without one of them nothing arrives any more.
      const arrival = arrivalAt(state, from, address, source);
      if (arrival.kind !== "node" || arrival.node !== to) return "silent";
      const { network } = arrival;
      if (tcpFateTo(state, from, { node: to, network }, address, 22, "established") !== "open") return "silent";
      return pathIsUp(state, network, from, to) && pathIsUp(state, network, to, from) ? "up" : "silent";
    });
}

/** A connection belongs to one boot of the guest's system, wherever that runs. */
function guestLinkOf(
  lab: ProgramContext["lab"],
  from: string,
  guest: GuestBoot,
  address: string,
): SshConnection["state"] {
  return () =>
    lab.read((readonly) => {
      const state = readonly as LabState;
      const found = machineOfBoot(state, guest.vmid, guest.bootId);
      if (found) {
        return machineAnswers(state, found.instance) && guestPathIsUp(state, from, found.node, address)
          ? "up"
          : "silent";
      }
      if (state.guestSystems[guest.vmid]?.endedBootId === guest.bootId) return "closed";
      const other = machineAt(state, address);
      // A system that knows nothing of this connection says so.
      return other && machineAnswers(state, other.instance) && guestPathIsUp(state, from, other.node, address)
        ? "reset"
        : "silent";
    });
}
