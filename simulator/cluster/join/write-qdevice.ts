/**
 * `pvecm qdevice setup` and `remove`, the part that is the cluster's: the section `device` of corosync.conf, and which
 * nodes start corosync-qdevice with their corosync.
 *
 * @source recordings 40, 41, 44
 */
import { type ConfSection, parseSections, serialiseSections } from "../corosync/corosync-conf.ts";
import { trustOnQnetd } from "../corosync/qnetd-host.ts";
import { type EventHandler, type EventSpec, nodeOf } from "../kernel.ts";
import { changePmxcfs } from "../pmxcfs/pmxcfs-changes.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import { changeInSequence, type SequenceEnd } from "../pmxcfs/sequence.ts";
import { startUnit, stopUnit } from "../services/services.ts";
import type { LabState } from "../state.ts";
import { answerWith, replaceConf, withNextVersion } from "./add-node.ts";
import { newMemberRequest } from "./cluster-jobs.ts";
import { type ConfLocked, lockConf, UNLOCK_CONF } from "./conf-lock.ts";

export interface DeviceSection {
  host: string;
  algorithm: "ffsplit" | "lms";
}

export type QdeviceInputs = {
  /** Write the section, or take it out; `memberAnswer(lab, node, id)` says what came of it. */
  "cluster/write-qdevice": { args: { node: string; device: DeviceSection | null }; result: { id: number } };
  /** `systemctl enable|disable --now corosync-qdevice` on a node. */
  "cluster/enable-qdevice": { args: { node: string; enabled: boolean }; result: undefined };
  /** The host of qnetd takes this node's ssh key; its root's password was right. */
  "cluster/trust-on-qnetd": { args: { node: string }; result: undefined };
};

export const qdeviceInputs = {
  "cluster/write-qdevice": (lab: LabState, args: QdeviceInputs["cluster/write-qdevice"]["args"]): { id: number } => {
    const { node, device } = args;
    const { id } = newMemberRequest(lab, node);
    const then: EventSpec = { kind: "cluster/member-answered", node, data: { id } };
    lockConf(lab, node, { kind: "cluster/qdevice-locked", node, data: { device, then } }, id);
    return { id };
  },
  "cluster/enable-qdevice": (lab: LabState, args: { node: string; enabled: boolean }): undefined => {
    nodeOf(lab, args.node).services.units["corosync-qdevice"].enabled = args.enabled;
    if (args.enabled) startUnit(lab, args.node, "corosync-qdevice");
    else stopUnit(lab, args.node, "corosync-qdevice");
    return undefined;
  },
  "cluster/trust-on-qnetd": (lab: LabState, args: { node: string }): undefined => {
    trustOnQnetd(lab, args.node);
    return undefined;
  },
};

/** corosync.conf with this device instead of any, one version up. Sections stand in the order of their names. */
function withDevice(text: string, device: DeviceSection | null): string {
  const root = withNextVersion(parseSections(text));
  const quorum = root.sections.find((section) => section.name === "quorum");
  if (!quorum) return serialiseSections(root);
  quorum.sections = quorum.sections.filter((section) => section.name !== "device");
  if (device) quorum.sections.unshift(sectionOf(device));
  return serialiseSections(root);
}

function sectionOf({ host, algorithm }: DeviceSection): ConfSection {
  const net: ConfSection = {
    name: "net",
    entries: [
      { key: "algorithm", value: algorithm },
      { key: "host", value: host },
      { key: "tls", value: "on" },
    ],
    sections: [],
  };
  // With lms the device has one vote less than there are nodes, which is what corosync takes without a figure.
  const votes = algorithm === "ffsplit" ? [{ key: "votes", value: "1" }] : [];
  return { name: "device", entries: [{ key: "model", value: "net" }, ...votes], sections: [net] };
}

interface Writing {
  device: DeviceSection | null;
  then: EventSpec;
}

export const qdeviceConfHandlers: Record<string, EventHandler> = {
  "cluster/qdevice-locked": (lab, { node: name, data }) => {
    const { device, then, lockRefusal } = data as Writing & ConfLocked;
    const node = name!;
    if (lockRefusal !== undefined) {
      answerWith(lab, then, { state: "failed", message: lockRefusal, exitStatus: 255 });
      return;
    }
    const text = pmxcfsFile(lab, node, "corosync.conf");
    if (text === undefined) {
      changePmxcfs(lab, node, UNLOCK_CONF);
      answerWith(lab, then, { state: "failed", message: "invalid corosync.conf" });
      return;
    }
    const changes = replaceConf(nodeOf(lab, node).nextPid, withDevice(text, device));
    changeInSequence(lab, node, [...changes, UNLOCK_CONF], {
      kind: "cluster/qdevice-written",
      node,
      data: { then },
    });
  },
  "cluster/qdevice-written": (lab, event) => {
    const { then, failed } = event.data as { then: EventSpec } & SequenceEnd;
    answerWith(
      lab,
      then,
      failed
        ? { state: "failed", message: "cfs-lock 'file-corosync_conf' error: no quorum!", exitStatus: 255 }
        : { state: "written" },
    );
  },
};
