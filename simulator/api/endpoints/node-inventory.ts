/**
 * What a node is made of: disks, cards and versions. A simulated node has one disk, which no course changes.
 *
 * @source pve-manager PVE/API2/Nodes.pm, PVE/API2/APT.pm, PVE/API2/Hardware/PCI.pm; pve-storage PVE/API2/Disks.pm and
 * Disks/, PVE/Diskmanage.pm; pve-common PVE/SysFSTools.pm (no recordings)
 */

import { PCI_DEVICES } from "../../cluster/files/pci-devices.ts";
import { flag, text } from "../../cluster/forms.ts";
import { type VolumeGroup, volumeGroup } from "../../cluster/storage/volume-group.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { InstalledPackage } from "../../node-view/packages/package-table.ts";
import { ApiRefusal, failure, type Json, success } from "../answer.ts";
import { APPLIANCE } from "../appliance.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formed, oneOf } from "../parameters.ts";
import { audit, eitherOf, needs } from "../permissions.ts";

const auditNode = audit("/nodes/{node}");
const GIB = 1024 ** 3;
/** Who QEMU's devices say has built them in. */
const RED_HAT = "Red Hat, Inc.";

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
    path: "/nodes/{node}/disks/lvm",
    permission: audit("/"),
    proxied: true,
    protected: true,
    answer: groups,
  },
  {
    method: "GET",
    path: "/nodes/{node}/disks/lvmthin",
    permission: audit("/"),
    proxied: true,
    protected: true,
    answer: thinPools,
  },
  {
    method: "GET",
    path: "/nodes/{node}/disks/smart",
    permission: audit("/"),
    proxied: true,
    protected: true,
    parameters: { disk: formed({ pattern: /\/dev\/[a-zA-Z0-9/]+/ }), healthonly: formed(flag) },
    answer: smart,
  },
  {
    method: "GET",
    path: "/nodes/{node}/hardware/pci",
    permission: needs("/", "Sys.Audit", "Sys.Modify"),
    proxied: true,
    protected: true,
    parameters: { "pci-class-blacklist": formed(text), verbose: formed(flag) },
    answer: cards,
  },
  {
    method: "GET",
    path: "/nodes/{node}/apt/versions",
    permission: auditNode,
    proxied: true,
    answer: async () => {
      const { toldPackages } = await import("../../node-view/packages/package-table.ts");
      return success(toldPackages().map(packageFacts));
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/apt/changelog",
    permission: needs("/nodes/{node}", "Sys.Modify"),
    proxied: true,
    parameters: {
      name: formed({ pattern: /[a-z0-9][-+.a-z0-9:]+/ }),
      version: formed(text),
    },
    answer: changelog,
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

/** Those of `vgs`, each with its physical volumes. */
function groups({ lab, node }: EndpointContext) {
  const { name, device, sizeBytes: size, freeBytes: free, volumes } = lab.read((state) => volumeGroup(state, node));
  const children = [{ leaf: 1, name: device, size, free }];
  return success({ leaf: 0, children: [{ leaf: 0, name, size, free, lvcount: volumes.length, children }] });
}

/** Those of `lvs`, whose percents they are reckoned from. When a pool was made is not known. */
export function thinPoolsOf({ name, volumes }: VolumeGroup): { [key: string]: Json }[] {
  return volumes.flatMap(({ name: lv, attributes, bytes, data, meta, metadataBytes }) =>
    metadataBytes === undefined
      ? []
      : [
          {
            lv,
            vg: name,
            lv_type: attributes[0]!,
            lv_state: attributes[4]!,
            lv_size: bytes,
            used: Math.floor((Number(data) * bytes) / 100),
            metadata_size: metadataBytes,
            metadata_used: Math.floor((Number(meta) * metadataBytes) / 100),
          },
        ],
  );
}

function thinPools({ lab, node }: EndpointContext) {
  return success(thinPoolsOf(lab.read((state) => volumeGroup(state, node))));
}

/** An emulated disk tells nothing of its health, which is what a real node says of one whose `smartctl` fails. */
function smart({ params }: EndpointContext) {
  if (!/^\/dev\/(?:sda[123]?|sr0|pve\/(?:root|swap))$/.test(params.disk!)) {
    throw new ApiRefusal(failure(500, "not a valid block device"));
  }
  return success({ health: "UNKNOWN" });
}

/** As `lspci` shows them, without those of the classes named; no IOMMU puts them into groups. */
function cards({ params }: EndpointContext) {
  const hidden = (params["pci-class-blacklist"] ?? "05;06;0b").split(/[,;\s]+/).filter((one) => one !== "");
  const shown = PCI_DEVICES.filter(({ kindId }) => !hidden.some((one) => kindId.startsWith(one)));
  const halves = (id: string) => id.split(":").map((half) => `0x${half}`) as [string, string];
  return success(
    shown.map(({ slot, kindId, vendor, name, id, subsystem }) => {
      const [made, device] = halves(id);
      const [builtIn, as] = halves(subsystem);
      const names = { vendor_name: vendor, device_name: name, subsystem_vendor_name: RED_HAT };
      return {
        id: `0000:${slot}`,
        class: `0x${kindId}00`,
        vendor: made,
        device,
        iommugroup: -1,
        ...((params.verbose === undefined || isTrue(params.verbose)) && {
          subsystem_vendor: builtIn,
          subsystem_device: as,
          ...Object.fromEntries(Object.entries(names).filter(([, value]) => value !== "")),
        }),
      };
    }),
  );
}

/** What `apt-get changelog` prints, and the status that it ends with: without lists it knows no changelog. */
async function changelog({ params }: EndpointContext) {
  const { unavailableChangelog } = await import("../../node-view/packages/package-table.ts");
  return success(`${unavailableChangelog(params.name!, params.version)}RC: 100`);
}

/** Without lists of what may be fetched a package's origin is unknown, and the newest version is the installed one. */
function packageFacts({ name, version, architecture, summary, fields }: InstalledPackage): { [key: string]: Json } {
  const description = (fields.get("Description") ?? "").split("\n").slice(1);
  return {
    Arch: architecture,
    CurrentState: "Installed",
    ...(description.length > 0 && { Description: description.map((line) => line.slice(1)).join(" ") }),
    OldVersion: version,
    Origin: "unknown",
    Package: name,
    Priority: fields.get("Priority") ?? "optional",
    Section: fields.get("Section") ?? "admin",
    Title: summary,
    Version: version,
    ...(name === "pve-manager" && { ManagerVersion: `${APPLIANCE.version}/${APPLIANCE.repoId}` }),
    ...(name === "proxmox-ve" && { RunningKernel: APPLIANCE.kernelRelease }),
  };
}
