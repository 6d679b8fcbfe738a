/**
 * Heuristics of corosync-qdevice: commands that say whether this node is fit to go on, run when it connects, for every
 * new ring, and in mode `on` every 30 s. The server counts a node that passes twice and one that fails not at all.
 *
 * No process of a simulated node runs for them: `true`, `false`, `test` and `ping` are understood, anything else counts
 * as failed, and the journal says that it is not modelled.
 *
 * @source corosync-qdevice 3.0.3 qdevices/qdevice-net-heuristics.c, qdevice-heuristics-worker.c; corosync-qdevice(8);
 *   conformance-heuristics.json
 */
import { resolvePath } from "../files/node-tree.ts";
import { arrivalAt } from "../host-network/reaching.ts";
import { cancel, nodeOf, schedule } from "../kernel.ts";
import { pathIsUp } from "../network.ts";
import type { LabState } from "../state.ts";
import type { DeviceHeuristics } from "./corosync-conf.ts";
import type { HeuristicsResult, QdeviceDaemon } from "./qdevice-state.ts";
import { qnetdReachable } from "./qdevice-wire.ts";

/** Its worker looks for commands that ended no sooner. @source QDEVICE_MIN_HEURISTICS_TIMEOUT */
export const HEURISTICS_MS = 250;

interface Judged {
  result: HeuristicsResult;
  /** Commands that are not understood. */
  unknown: string[];
}

/** What the commands say now; `undefined` where none are configured. */
export function judgeHeuristics(lab: Readonly<LabState>, node: string, heuristics?: DeviceHeuristics): Judged {
  if (!heuristics || heuristics.commands.length === 0) return { result: "undefined", unknown: [] };
  const passed = heuristics.commands.map((command) => passes(lab, node, command));
  return {
    result: passed.every((one) => one === true) ? "pass" : "fail",
    unknown: heuristics.commands.filter((_, index) => passed[index] === undefined),
  };
}

/** As every tool and journal prints it. */
export function heuristicsText(result: HeuristicsResult = "undefined"): string {
  return { undefined: "Undefined", pass: "Pass", fail: "Fail" }[result];
}

/** In mode `on` the next regular run is an interval away; in others there is none. */
export function scheduleRegularRun(
  lab: LabState,
  node: string,
  qdevice: QdeviceDaemon,
  heuristics: DeviceHeuristics | undefined,
): void {
  cancel(lab, qdevice.heuristicsEvent);
  delete qdevice.heuristicsEvent;
  if (heuristics?.mode !== "on") return;
  qdevice.heuristicsEvent = schedule(lab, heuristics.intervalMs, {
    kind: "qdevice/heuristics",
    node,
    pid: qdevice.pid,
  });
}

/** @returns undefined for a command that is not understood */
function passes(lab: Readonly<LabState>, node: string, command: string): boolean | undefined {
  const [path = "", ...args] = wordsOf(command);
  // It is run without a shell and without looking in PATH. @source qdevice-advanced-settings.c heuristics_use_execvp
  if (!path.startsWith("/")) return false;
  const name = path.split("/").at(-1)!;
  if (!/^\/(usr\/)?bin\//.test(path)) return undefined;
  if (name === "true" && args.length === 0) return true;
  if (name === "false") return false;
  if (name === "test") return testPasses(lab, node, args);
  if (name === "ping") return pingPasses(lab, node, args);
  return undefined;
}

function testPasses(lab: Readonly<LabState>, node: string, args: string[]): boolean | undefined {
  const [operator, path] = args;
  if (args.length !== 2 || !["-e", "-f", "-d"].includes(operator!)) return undefined;
  const entry = lab.nodes[node]!.files.entries[resolvePath(lab, node, path!).path];
  if (operator === "-e") return entry !== undefined;
  return operator === "-f" ? entry?.type === "file" : entry?.type === "directory";
}

function pingPasses(lab: Readonly<LabState>, node: string, args: string[]): boolean | undefined {
  const address = args.at(-1);
  if (address === undefined || !/^\d+\.\d+\.\d+\.\d+$/.test(address)) return undefined;
  if (address === lab.qnetd?.address) return qnetdReachable(lab, node);
  const arrival = arrivalAt(lab, node, address);
  if (arrival.kind === "self") return true;
  if (arrival.kind !== "node" || nodeOf(lab as LabState, arrival.node).power === "off") return false;
  const { network } = arrival;
  return pathIsUp(lab, network, node, arrival.node) && pathIsUp(lab, network, arrival.node, node);
}

/** As a shell splits a line, with backslash and double quotes alone. @source process-list.c */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:"(?:\\.|[^"\\])*"|\\.|[^\s"\\])+/g)].map(([word]) =>
    word.replace(/\\(.)|"/g, (_, escaped: string | undefined) => escaped ?? ""),
  );
}
