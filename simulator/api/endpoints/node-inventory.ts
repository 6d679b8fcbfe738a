/**
 * What a node is made of and how it did lately: disks, versions, figures. A simulated node has one disk, which no course
 * changes; figures are those that its status tells, at each time of the past since it booted.
 *
 * @source pve-manager PVE/API2/Nodes.pm, PVE/API2/APT.pm; pve-storage PVE/API2/Disks.pm (no recordings)
 */

import { flag } from "../../cluster/forms.ts";
import { isTrue } from "../../cluster/truth.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { type Json, ordered, success } from "../answer.ts";
import { APPLIANCE, loadAt, PACKAGES } from "../appliance.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formed, oneOf } from "../parameters.ts";
import { audit, eitherOf } from "../permissions.ts";

const auditNode = audit("/nodes/{node}");
const GIB = 1024 ** 3;

/** Seconds of one point, and how many there are. @source pve-cluster pmxcfs status.c rrd definitions; PVE/RRD.pm */
const TIMEFRAMES = {
  hour: { step: 60, points: 70 },
  day: { step: 1_800, points: 70 },
  week: { step: 10_800, points: 70 },
  month: { step: 43_200, points: 70 },
  year: { step: 604_800, points: 70 },
} as const;

export const nodeInventoryEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/rrddata",
    permission: auditNode,
    proxied: true,
    protected: true,
    parameters: {
      timeframe: { check: oneOf(["hour", "day", "week", "month", "year"]) },
      cf: { optional: true, check: oneOf(["AVERAGE", "MAX"]) },
    },
    answer: figures,
  },
  {
    method: "GET",
    path: "/nodes/{node}/disks/list",
    permission: eitherOf(audit("/"), auditNode),
    proxied: true,
    protected: true,
    parameters: {
      "include-partitions": formed(flag),
      skipsmart: formed(flag),
      type: { optional: true, check: oneOf(["unused", "journal_disks"]) },
    },
    answer: disks,
  },
  {
    method: "GET",
    path: "/nodes/{node}/apt/versions",
    permission: auditNode,
    proxied: true,
    answer: () => success(PACKAGES.map(([name, version]) => packageFacts(name, version))),
  },
  // Nothing is newer than what an image was made of.
  {
    method: "GET",
    path: "/nodes/{node}/apt/update",
    permission: { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Modify" },
    proxied: true,
    protected: true,
    answer: () => success([]),
  },
  // Cards of guests are not counted.
  { method: "GET", path: "/nodes/{node}/netstat", permission: auditNode, proxied: true, answer: () => success([]) },
];

/** Before a node booted there is a point without figures, as a round-robin database has it. */
function figures({ lab, node, params }: EndpointContext) {
  const { step, points } = TIMEFRAMES[params.timeframe as keyof typeof TIMEFRAMES] ?? TIMEFRAMES.year;
  return lab.read((state) => {
    const nowS = Math.floor(wallNowMs(state, node) / 1_000);
    const last = nowS - (nowS % step);
    const list: Json[] = [];
    for (let at = points - 1; at >= 0; at--) {
      const time = last - at * step;
      const modelMs = state.nowMs - (nowS - time) * 1_000;
      if (modelMs < state.nodes[node]!.bootedAtMs) {
        list.push({ time });
        continue;
      }
      const load = loadAt(state, node, modelMs);
      list.push({
        time,
        cpu: load.cpuFraction,
        iowait: 0,
        loadavg: Number(load.loadAverage[0]),
        maxcpu: APPLIANCE.cpus,
        memtotal: APPLIANCE.memoryBytes,
        memused: load.memoryBytes,
        roottotal: APPLIANCE.rootBytes,
        rootused: load.rootBytes,
        swaptotal: APPLIANCE.swapBytes,
        swapused: 0,
      });
    }
    return success(ordered(list));
  });
}

/** As `lsblk` shows it. */
function disks({ params }: EndpointContext) {
  const unknown = { osdid: -1, "osdid-list": null, wwn: "unknown" };
  const disk = {
    ...unknown,
    devpath: "/dev/sda",
    gpt: 1,
    health: "UNKNOWN",
    model: "QEMU_HARDDISK",
    rpm: -1,
    serial: "drive-scsi0",
    size: 96 * GIB,
    type: "unknown",
    vendor: "QEMU",
    wearout: "N/A",
  };
  if (params.type === "unused") return success([]);
  if (!isTrue(params["include-partitions"])) return success([{ ...disk, used: "BIOS boot" }]);
  const partition = (number: number, size: number, used: string, mounted = 0) => ({
    ...unknown,
    devpath: `/dev/sda${number}`,
    gpt: 1,
    mounted,
    parent: "/dev/sda",
    size,
    type: "partition",
    used,
  });
  return success([
    { ...disk, used: "partitions" },
    partition(1, 1_031_168, "BIOS boot"),
    partition(2, 512 * 1024 ** 2, "EFI", 1),
    partition(3, 95.5 * GIB, "LVM"),
  ]);
}

function packageFacts(name: string, version: string): { [key: string]: Json } {
  return {
    Arch: name.startsWith("libpve") || name === "proxmox-ve" ? "all" : "amd64",
    CurrentState: "Installed",
    Description: "part of this simulated node",
    OldVersion: version,
    Origin: "Proxmox",
    Package: name,
    Priority: "optional",
    Section: "admin",
    Title: name,
    Version: version,
    ...(name === "pve-manager" && { ManagerVersion: `pve-manager/${APPLIANCE.version}/${APPLIANCE.repoId}` }),
    ...(name === "proxmox-ve" && { RunningKernel: APPLIANCE.kernelRelease }),
  };
}
