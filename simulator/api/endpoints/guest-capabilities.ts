/**
 * What machines a node can run: models of processors, types of machines.
 *
 * @source qemu-server 8.4.10 PVE/API2/Qemu/CPU.pm, asked of Proxmox's own API; PVE/API2/Qemu/Machine.pm with the types that
 * QEMU 9.2 lists (unverified)
 */
import { CPU_MODELS } from "../../cluster/guests/cpu-models.ts";
import { success } from "../answer.ts";
import type { Endpoint } from "../endpoint.ts";

/** QEMU's versions whose machines 9.2 still knows, by what each kind begins with. */
const VERSIONS =
  "2.4 2.5 2.6 2.7 2.8 2.9 2.10 2.11 2.12 3.0 3.1 4.0 4.1 4.2 5.0 5.1 5.2 6.0 6.1 6.2 7.0 7.1 7.2 8.0 8.1 8.2 9.0 9.1 9.2";
const Q35_ALONE = ["4.0.1"];

/** What Proxmox changed in a version of its own. @source PVE/QemuServer/Machine.pm $PVE_MACHINE_VERSION */
const REVISIONS: Record<string, Record<string, string>> = {
  "4.1": {
    "+pve1": "Introduction of pveX versioning, no changes.",
    "+pve2": "Increases the number of SCSI drives supported.",
  },
  "9.2": { "+pve1": "Disables S3/S4 power states by default." },
};

const machines = (["i440fx", "q35"] as const).flatMap((type) =>
  [...VERSIONS.split(" "), ...(type === "q35" ? Q35_ALONE : [])].flatMap((version) =>
    [undefined, ...Object.keys(REVISIONS[version] ?? {})].map((revision = "") => ({
      id: `pc-${type}-${version}${revision}`,
      type,
      version: version + revision,
      ...(revision !== "" && { changes: REVISIONS[version]![revision]! }),
    })),
  ),
);

const common = { method: "GET", permission: { kind: "user" }, proxied: true } as const;

export const guestCapabilityEndpoints: Endpoint[] = [
  {
    ...common,
    path: "/nodes/{node}/capabilities/qemu/cpu",
    answer: () => success(CPU_MODELS.map((model) => ({ ...model, custom: 0 }))),
  },
  {
    ...common,
    path: "/nodes/{node}/capabilities/qemu/machines",
    answer: () => success(machines.toSorted((a, b) => (a.id > b.id ? -1 : 1))),
  },
];
