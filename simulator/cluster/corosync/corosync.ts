/**
 * The corosync daemon of a node: how it starts, stops, dies, hangs and goes on, and what its tools ask of it.
 */
import { random, randomBetween, schedule } from "../kernel.ts";
import { continueProcess, reap, spawn, stopProcess } from "../processes.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { loadConfigFile, readAuthkey } from "./config-file.ts";
import type { ConfSection, CorosyncConf } from "./corosync-conf.ts";
import { say, sayPlain, sayServicesLoaded, sayServicesUnloaded } from "./corosync-log.ts";
import type { TotemState } from "./corosync-state.ts";
import { enterGather, sendLeave } from "./gather.ts";
import { answerQueuedPings, configureLinks } from "./knet.ts";
import { knetPort } from "./packets.ts";
import { qdeviceLosesCorosync, startEnabledQdevice } from "./qdevice.ts";
import type { ToolAnswer } from "./reload.ts";
import { sendOnRing } from "./ring.ts";
import { checkStart, totemHost } from "./start-check.ts";
import { ALL_TIMERS, clearTimer } from "./timers.ts";
import { consensusTimeoutMs, tokenTimeoutMs } from "./timing.ts";
import { ownPlace } from "./totem-config.ts";
import { totemMap } from "./totem-map.ts";
import { firstCount, initialVotequorum, mayExpect, whyNotVotes } from "./votequorum.ts";
import { startOptions } from "./votequorum-options.ts";
import { disturb } from "./world.ts";

export type { ToolAnswer } from "./reload.ts";
export { reloadConfig } from "./reload.ts";

/**
 * From exec to the network's being up, by number of nodes in the nodelist; the first membership follows 5 ms later.
 *
 * @source conformance.json, firstMembership of starts: 349 to 485 ms, those of an overloaded recorder (550 and more) aside
 */
const START_MS: Record<number, { least: number; most: number }> = {
  1: { least: 345, most: 461 },
  2: { least: 344, most: 420 },
  3: { least: 347, most: 438 },
  4: { least: 350, most: 480 },
  5: { least: 359, most: 445 },
};
const START_MANY_MS = { least: 363, most: 440 };

/**
 * From SIGTERM to the leave message, while services unload: every tenth of the recorded clean stops, in which there is no
 * trend with the number of nodes.
 *
 * @source recordings/corosync/times.json: 105 of 3 to 7 nodes, with the few of FACTS inside
 */
const UNLOAD_MS = [155, 245, 278, 301, 317, 351, 356, 361, 387, 402, 413];

/** The same for `corosync-cfgtool -H`, where the leave message goes out before anything is unloaded. */
const SHUTDOWN_MS = { least: 5, most: 28 };

/** The tool's own start, until its request is on the ring. Recorded: quorum 17 to 42 ms after `-e`. */
const EXPECTED_MS = { least: 17, most: 36 };

/**
 * From the leave message to the end of the process. Recorded: peers see the link go down 0.84 s and more after a stop,
 * and up to 0.73 s later than the next ping of theirs explains.
 */
const EXIT_MS = { least: 650, most: 820 };

export type StartResult = { started: true; pid: number } | StartFailure;

export interface StartFailure {
  started: false;
  pid: number;
  exitCode: number;
  message: string;
  /** It ended by this signal; the exit code is then what a shell says. */
  signal?: "ABRT";
}

/** Start corosync from the files on the node's disk. One that runs already is left alone; one that stops ends first. */
export function startCorosync(lab: LabState, node: string): StartResult {
  const state = lab.nodes[node]!;
  const running = state.corosync.daemon;
  if (running && !running.terminating) return { started: true, pid: running.pid };
  // Whoever starts it again has waited for its end: it comes now, if it has not come yet.
  if (running) endNow(lab, node);
  const pid = spawn(lab, node, "corosync", "corosync.service");
  const loaded = loadConfigFile(lab, node);
  const fail = (message: string, exitCode: number, aborts?: true): StartResult => {
    reap(lab, node, pid);
    return { started: false, pid, exitCode, message, ...(aborts && { signal: "ABRT" as const }) };
  };
  const checked = "refusal" in loaded ? loaded.refusal : checkStart(totemHost(lab, node), loaded.root);
  if (checked.plain !== undefined) {
    sayPlain(lab, node, pid, checked.plain);
    return fail(checked.plain, checked.exitCode!, checked.aborts);
  }
  sayStarting(lab, node, pid);
  for (const { text, priority } of checked.lines) say(lab, node, pid, "MAIN", text, priority);
  if ("refusal" in loaded || checked.exitCode !== undefined) {
    return fail(checked.lines.at(-2)!.text, checked.exitCode!);
  }
  const { text, config, root } = loaded;
  const authkey = config.secureAuth ? readAuthkey(lab, node)! : "";
  const nodeId = totemMap(root).nodes[ownPlace(totemMap(root).nodes, totemHost(lab, node)).place]!.nodeId;
  say(lab, node, pid, "TOTEM", "Initializing transport (Kronosnet).");
  const { provider = VOTEQUORUM } = config.quorum;
  const notModelled = whyNotModelled(config, root);
  if (notModelled !== undefined) {
    sayPlain(lab, node, pid, notModelled);
    return fail(notModelled, 1);
  }
  const { refusal, ambiguity } =
    provider === VOTEQUORUM ? startOptions(config) : { refusal: "Invalid quorum provider", ambiguity: [] };
  if (refusal !== undefined) {
    say(lab, node, pid, "QUORUM", `Using quorum provider ${provider}`);
    for (const text of ambiguity) say(lab, node, pid, "VOTEQ", text, 2);
    say(lab, node, pid, "QUORUM", `Quorum provider: ${provider} failed to initialize.`, 2);
    say(lab, node, pid, "SERV", `Service engine 'corosync_quorum' failed to load for reason '${refusal}'`, 3);
    say(lab, node, pid, "MAIN", "Corosync Cluster Engine exiting with status 20 at service.c:356.", 3);
    return fail(refusal, 20);
  }
  state.corosync.daemon = {
    pid,
    phase: "starting",
    terminating: false,
    configText: text,
    config,
    authkey,
    nodeId,
    links: [],
    totem: initialTotem(state.corosync.storedRingSeq),
    votequorum: initialVotequorum(config, nodeId),
    cpg: { local: [], processes: [], queue: [], received: [], early: [], deliveredSeq: 0 },
  };
  const { least, most } = START_MS[config.nodes.length] ?? START_MANY_MS;
  // Most starts are quick: half of the recorded ones lie in the first quarter of their span.
  const startMs = least + (most - least) * random(lab) ** 2;
  schedule(lab, startMs, { kind: "corosync/network-up", node, pid });
  return { started: true, pid };
}

/** SIGKILL: nobody is told. */
export function killCorosync(lab: LabState, node: string): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon) reap(lab, node, daemon.pid);
}

/** SIGTERM, `systemctl stop`: it unloads its services, tells the others that it leaves, and ends. */
export function termCorosync(lab: LabState, node: string): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (!daemon || daemon.terminating) return;
  if (daemon.phase === "starting") {
    killCorosync(lab, node);
    return;
  }
  daemon.terminating = true;
  say(lab, node, daemon.pid, "MAIN", "Node was shut down by a signal");
  const place = randomBetween(lab, 0, UNLOAD_MS.length - 1);
  const [below, above] = UNLOAD_MS.slice(Math.floor(place), Math.floor(place) + 2);
  const unloadMs = below! + (above! - below!) * (place % 1);
  schedule(lab, unloadMs, { kind: "corosync/leave", node, pid: daemon.pid });
}

/** `corosync-cfgtool -H`: the others are told who asked for it, too. */
export function shutdownCorosync(lab: LabState, node: string): ToolAnswer {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon?.phase !== "running") {
    return { exitCode: 1, output: "Could not initialize corosync configuration API error 2\n" };
  }
  if (daemon.terminating) return { exitCode: 0, output: "Shutting down corosync\n" };
  daemon.terminating = true;
  sendOnRing(lab, node, { kind: "shutdown" });
  const delayMs = randomBetween(lab, SHUTDOWN_MS.least, SHUTDOWN_MS.most);
  schedule(lab, delayMs, { kind: "corosync/leave", node, pid: daemon.pid });
  return { exitCode: 0, output: "Shutting down corosync\n" };
}

/** SIGSTOP: the process stands still; packets for it wait. */
export function hangCorosync(lab: LabState, node: string): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon) stopProcess(lab, node, daemon.pid);
}

/** SIGCONT: what waited happens now. */
export function resumeCorosync(lab: LabState, node: string): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon) continueProcess(lab, node, daemon.pid);
}

/** `corosync-quorumtool -e`: takes effect in the whole partition as soon as the message has gone round. */
export function setExpectedVotes(lab: LabState, node: string, value: number): ToolAnswer {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon?.phase !== "running") return { exitCode: 1, output: "Cannot initialize CMAP service\n" };
  if (!Number.isInteger(value) || value < 1) {
    return { exitCode: 1, output: "New expected votes value was not valid, try a positive number\n" };
  }
  if (!mayExpect(daemon, value)) {
    return { exitCode: 1, output: "Unable to set expected votes: CS_ERR_INVALID_PARAM\n" };
  }
  const delayMs = randomBetween(lab, EXPECTED_MS.least, EXPECTED_MS.most);
  schedule(lab, delayMs, { kind: "corosync/expected-votes", node, pid: daemon.pid, data: value });
  return { exitCode: 0, output: "" };
}

/** `corosync-quorumtool -v`: votes of one node, until its daemon starts again or a reload says otherwise. */
export function setNodeVotes(lab: LabState, node: string, nodeId: number, votes: number): ToolAnswer {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon?.phase !== "running") return { exitCode: 1, output: "Cannot initialize CMAP service\n" };
  const error = whyNotVotes(daemon, nodeId, votes);
  if (error !== undefined) {
    return { exitCode: 1, output: `Unable to set votes ${votes} for nodeid: ${nodeId}: ${error}\n` };
  }
  sendOnRing(lab, node, { kind: "node-votes", votes, of: nodeId });
  return { exitCode: 0, output: "" };
}

function onExpectedVotes(lab: LabState, event: ScheduledEvent): void {
  sendOnRing(lab, event.node!, { kind: "expected", value: event.data as number });
}

/** The process is about to be gone, however it ended. */
export function corosyncProcessEnds(lab: LabState, node: string): void {
  disturb(lab);
  qdeviceLosesCorosync(lab, node);
  lab.nodes[node]!.corosync.daemon = null;
  schedule(lab, 0, { kind: "pmxcfs/corosync-gone", node });
}

/** The process goes on after it was stopped: it notices the gap, and drops what it was told about memberships. */
export function corosyncProcessContinues(lab: LabState, node: string, stoppedAtMs: number): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  const process = daemon && lab.nodes[node]!.processes[daemon.pid];
  if (!daemon || !process || daemon.phase === "starting") return;
  const gapMs = lab.nowMs - stoppedAtMs;
  const timeoutMs = tokenTimeoutMs(daemon.config);
  if (gapMs > timeoutMs * 0.8) {
    const at = wallNowMs(lab, node);
    const limit = (timeoutMs * 0.8).toFixed(4);
    const text = `Corosync main process was not scheduled (@${at}) for ${gapMs.toFixed(4)} ms (threshold is ${limit} ms).`;
    say(lab, node, daemon.pid, "MAIN", `${text} Consider token timeout increase.`, 4);
  }
  const flushed = (event: ScheduledEvent) => event.kind === "totem/join" && gapMs > timeoutMs / 2;
  // knet's heartbeat is a thread of its own and is faster than what has to pass through the main loop: links without
  // a pong are down before the first packet is read.
  const first = (event: ScheduledEvent) => event.kind === "knet/ping" || event.kind === "knet/down";
  // A token that waited in the socket was read before the heartbeat looked at the links: the ring's time begins anew.
  // Recorded: nodes that hung for 2 to 5 s never wrote of a late token, those that hung for 12 s and more did at once.
  const readsToken = gapMs < timeoutMs + consensusTimeoutMs(daemon.config);
  const read = (event: ScheduledEvent): ScheduledEvent =>
    readsToken && event.kind === "totem/token" ? { ...event, data: { ...(event.data as object), from: 0 } } : event;
  const waiting = process.parked.filter((event) => !flushed(event)).map(read);
  process.parked = [...waiting.filter(first), ...waiting.filter((event) => !first(event))];
  answerQueuedPings(lab, node, stoppedAtMs);
}

const VOTEQUORUM = "corosync_votequorum";

/** What a real corosync runs with and this one does not. */
function whyNotModelled(config: CorosyncConf, root: ConfSection): string | undefined {
  const transport = totemMap(root).word("transport") ?? "knet";
  if (transport !== "knet") return `corosync: transport ${transport} is not modelled in this simulated node`;
  if (config.quorum.provider !== null) return undefined;
  return "corosync: running without quorum.provider is not modelled in this simulated node";
}

function sayStarting(lab: LabState, node: string, pid: number): void {
  const features = "dbus monitoring watchdog augeas systemd xmlconf vqsim nozzle snmp pie relro bindnow";
  say(lab, node, pid, "MAIN", "Corosync Cluster Engine 3.1.7 starting up");
  say(lab, node, pid, "MAIN", `Corosync built-in features: ${features}`, 6);
}

function initialTotem(storedRingSeq: number): TotemState {
  return {
    state: "gather",
    ringId: { rep: 0, seq: storedRingSeq },
    members: [],
    formingRingId: null,
    forming: [],
    // Recorded: the first ring of a start is the stored number plus five.
    highestRingSeq: storedRingSeq + 1,
    agreedRingSeq: storedRingSeq + 1,
    procList: [],
    failedList: [],
    consensus: [],
    leaving: [],
    tokenSeq: 0,
    lastTokenMs: 0,
    lastMessageSeq: -1,
    recoveryPasses: 0,
    held: null,
    sent: null,
    idle: null,
    timers: {},
  };
}

function onNetworkUp(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon?.phase !== "starting") return;
  disturb(lab);
  const { config, nodeId, pid } = daemon;
  sayServicesLoaded(lab, node, pid, () => firstCount(lab, node, daemon));
  const own = config.nodes.find((entry) => entry.nodeId === nodeId)?.addresses ?? [];
  for (const { number, address } of own) {
    say(lab, node, pid, "TOTEM", `Configuring link ${number}`);
    say(lab, node, pid, "TOTEM", `Configured link number ${number}: local addr: ${address}, port=${knetPort(number)}`);
  }
  // Its own link is the first only. @source log-n3-2links-forming
  for (const { number } of own.slice(0, 1)) {
    say(lab, node, pid, "KNET", `link: Resetting MTU for link ${number} because host ${nodeId} joined`, 6);
  }
  daemon.phase = "running";
  configureLinks(lab, node, daemon);
  enterGather(lab, node, daemon);
  startEnabledQdevice(lab, node);
}

function onLeave(lab: LabState, event: ScheduledEvent): void {
  leave(lab, event.node!);
}

function leave(lab: LabState, node: string): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon?.phase !== "running") return;
  disturb(lab);
  sendLeave(lab, node, daemon);
  sayServicesUnloaded(lab, node, daemon.pid);
  clearTimer(lab, daemon, ...ALL_TIMERS);
  daemon.phase = "stopping";
  const exitMs = randomBetween(lab, EXIT_MS.least, EXIT_MS.most);
  schedule(lab, exitMs, { kind: "corosync/exit", node, pid: daemon.pid });
}

/** A daemon that was told to stop does what is left of it at once. */
function endNow(lab: LabState, node: string): void {
  leave(lab, node);
  exit(lab, node);
}

function onExit(lab: LabState, event: ScheduledEvent): void {
  exit(lab, event.node!);
}

function exit(lab: LabState, node: string): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (!daemon) return;
  for (const number of new Set(daemon.links.map((link) => link.number))) {
    const up = daemon.links.filter((link) => link.number === number && link.connected).map((link) => link.peerId);
    for (const nodeId of [daemon.nodeId, ...up].toSorted((a, b) => b - a)) {
      say(lab, node, daemon.pid, "KNET", `link: Resetting MTU for link ${number} because host ${nodeId} joined`, 6);
    }
  }
  say(lab, node, daemon.pid, "MAIN", "Corosync Cluster Engine exiting normally");
  reap(lab, node, daemon.pid, { exitCode: 0 });
}

export const daemonHandlers = {
  "corosync/network-up": onNetworkUp,
  "corosync/expected-votes": onExpectedVotes,
  "corosync/leave": onLeave,
  "corosync/exit": onExit,
};
