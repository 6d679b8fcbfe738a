/**
 * What a node is made of: disks and versions. A simulated node has one disk, which no course changes.
 *
 * @source pve-manager PVE/API2/Nodes.pm, PVE/API2/APT.pm; pve-storage PVE/API2/Disks.pm (no recordings)
 */

import { flag } from "../../cluster/forms.ts";
import { isTrue } from "../../cluster/truth.ts";
import { type Json, success } from "../answer.ts";
import { APPLIANCE, PACKAGES } from "../appliance.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formed, oneOf } from "../parameters.ts";
import { audit, eitherOf } from "../permissions.ts";

const auditNode = audit("/nodes/{node}");
const GIB = 1024 ** 3;

export const nodeInventoryEndpoints: Endpoint[] = [
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
