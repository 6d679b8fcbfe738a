/** What corosync adds to the model's tables: its events, and the inputs that reach it from outside. */
import type { FileAnswer, FileChange } from "../files/files-state.ts";
import type { EventHandler } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { changeMap } from "./cmap.ts";
import { commitHandlers } from "./commit.ts";
import {
  daemonHandlers,
  hangCorosync,
  killCorosync,
  reloadConfig,
  resumeCorosync,
  type StartResult,
  setExpectedVotes,
  setNodeVotes,
  shutdownCorosync,
  startCorosync,
  type ToolAnswer,
  termCorosync,
} from "./corosync.ts";
import type { MapValue } from "./corosync-state.ts";
import { leaveGroups } from "./cpg.ts";
import { gatherHandlers } from "./gather.ts";
import { killNode } from "./kill-node.ts";
import { knetHandlers } from "./knet.ts";
import { qdeviceHandlers, startQdevice, stopQdevice } from "./qdevice.ts";
import { type QnetdChange, qnetdHandlers, setQnetd } from "./qnetd.ts";
import { changeQnetdFiles } from "./qnetd-host.ts";
import { ringHandlers } from "./ring.ts";
import { type CLEARABLE, clearStats } from "./stats.ts";
import { votequorumHandlers } from "./votequorum.ts";

export type CorosyncInputs = {
  /** Run the daemon, as systemd does. */
  "corosync/start": { args: { node: string }; result: StartResult };
  /** SIGKILL. */
  "corosync/kill": { args: { node: string }; result: undefined };
  /** SIGTERM. */
  "corosync/term": { args: { node: string }; result: undefined };
  /** SIGSTOP. */
  "corosync/hang": { args: { node: string }; result: undefined };
  /** SIGCONT. */
  "corosync/resume": { args: { node: string }; result: undefined };
  /** `corosync-cfgtool -H`. */
  "corosync/shutdown": { args: { node: string }; result: ToolAnswer };
  /** `corosync-cfgtool -R`. */
  "corosync/reload": { args: { node: string }; result: ToolAnswer };
  /** `corosync-quorumtool -e`, `pvecm expected`. */
  "corosync/expected": { args: { node: string; value: number }; result: ToolAnswer };
  /** `corosync-quorumtool -v`. */
  "corosync/votes": { args: { node: string; nodeId: number; votes: number }; result: ToolAnswer };
  /** `corosync-cfgtool -k`. */
  "corosync/kill-node": { args: { node: string; nodeId: number }; result: ReturnType<typeof killNode> };
  /** `corosync-cmapctl -s` and, with null, `-d`; the result is the error that the tool names. */
  "corosync/set-map": {
    args: { node: string; key: string; value: MapValue | null };
    result: ReturnType<typeof changeMap>;
  };
  /** `corosync-cmapctl -C`. */
  "corosync/clear-stats": { args: { node: string; what: (typeof CLEARABLE)[number] }; result: undefined };
  /** corosync-qdevice started or stopped on a node; the result says whether it runs. */
  "corosync/qdevice": { args: { node: string; running: boolean }; result: boolean };
  /** The host of corosync-qnetd: where it is, and whether its server runs. */
  "corosync/qnetd": { args: QnetdChange; result: undefined };
  /** Change files of that host. A refusal is an answer: it carries the errno. */
  "corosync/qnetd-files": { args: { change: FileChange }; result: FileAnswer };
  /** `systemctl enable|disable corosync-qnetd` there. */
  "corosync/qnetd-enable": { args: { enabled: boolean }; result: undefined };
};

export const corosyncInputs = {
  "corosync/start": (lab: LabState, { node }: { node: string }): StartResult => startCorosync(lab, node),
  "corosync/kill": (lab: LabState, { node }: { node: string }): undefined => void killCorosync(lab, node),
  "corosync/term": (lab: LabState, { node }: { node: string }): undefined => void termCorosync(lab, node),
  "corosync/hang": (lab: LabState, { node }: { node: string }): undefined => void hangCorosync(lab, node),
  "corosync/resume": (lab: LabState, { node }: { node: string }): undefined => void resumeCorosync(lab, node),
  "corosync/shutdown": (lab: LabState, { node }: { node: string }): ToolAnswer => shutdownCorosync(lab, node),
  "corosync/reload": (lab: LabState, { node }: { node: string }): ToolAnswer => reloadConfig(lab, node),
  "corosync/expected": (lab: LabState, args: { node: string; value: number }): ToolAnswer =>
    setExpectedVotes(lab, args.node, args.value),
  "corosync/votes": (lab: LabState, args: { node: string; nodeId: number; votes: number }): ToolAnswer =>
    setNodeVotes(lab, args.node, args.nodeId, args.votes),
  "corosync/kill-node": (lab: LabState, args: { node: string; nodeId: number }) =>
    killNode(lab, args.node, args.nodeId),
  "corosync/set-map": (lab: LabState, args: { node: string; key: string; value: MapValue | null }) =>
    changeMap(lab, args.node, args.key, args.value),
  "corosync/clear-stats": (lab: LabState, args: CorosyncInputs["corosync/clear-stats"]["args"]): undefined => {
    const daemon = lab.nodes[args.node]?.corosync.daemon;
    if (daemon) clearStats(daemon, args.what);
    return undefined;
  },
  "corosync/qdevice": (lab: LabState, args: { node: string; running: boolean }): boolean => {
    if (args.running) return startQdevice(lab, args.node);
    stopQdevice(lab, args.node);
    return false;
  },
  "corosync/qnetd": (lab: LabState, args: QnetdChange): undefined => setQnetd(lab, args),
  "corosync/qnetd-files": (lab: LabState, { change }: { change: FileChange }): FileAnswer =>
    changeQnetdFiles(lab, change),
  "corosync/qnetd-enable": (lab: LabState, { enabled }: { enabled: boolean }): undefined => {
    if (!lab.qnetd) return undefined;
    if (enabled) delete lab.qnetd.disabled;
    else lab.qnetd.disabled = true;
    return undefined;
  },
};

/** Its events. */
export const corosyncHandlers: Record<string, EventHandler> = {
  ...daemonHandlers,
  ...knetHandlers,
  ...ringHandlers,
  ...gatherHandlers,
  ...commitHandlers,
  ...votequorumHandlers,
  ...qdeviceHandlers,
  ...qnetdHandlers,
  /** A process of the node has ended: its groups are left for it. */
  "corosync/client-gone": (lab, event) => leaveGroups(lab, event.node!, (event.data as { pid: number }).pid),
};
