/**
 * What else is read of a guest: which features its volumes have, what its cloud-init drive is to say.
 *
 * @source qemu-server 8.4.10 PVE/API2/Qemu.pm vm_feature, cloudinit_pending; asked of Proxmox's own API on three nodes
 */
import { named, oneOf } from "../../cluster/forms.ts";
import { type ConfigKeys, drivesOf, parseGuestConfig } from "../../cluster/guests/guest-config.ts";
import { guestText } from "../../cluster/guests/guest-view.ts";
import { missingText } from "../../cluster/guests/refusals.ts";
import { snapshotsPossible } from "../../cluster/guests/snapshot-steps.ts";
import { memberNames } from "../../cluster/migration/preconditions.ts";
import type { LabState } from "../../cluster/state.ts";
import { storageDefinition } from "../../cluster/storage/storage-config.ts";
import { splitVolid } from "../../cluster/storage/volumes.ts";
import { ApiRefusal, failure, type Json, notModelled, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { CLOUDINIT } from "../guest-option-rights.ts";
import { formed, needed } from "../parameters.ts";
import { needs } from "../permissions.ts";
import { guestOf } from "./qemu.ts";

const common = {
  method: "GET",
  permission: { kind: "privilege", path: "/vms/{vmid}", privilege: "VM.Audit" },
  proxied: true,
  protected: true,
} as const;

export const guestReportEndpoints: Endpoint[] = [
  {
    ...common,
    path: "/nodes/{node}/qemu/{vmid}/feature",
    parameters: {
      feature: formed(needed(oneOf("snapshot clone copy"))),
      snapname: formed({ ...named("pve-configid"), maxLength: 40 }),
    },
    answer: feature,
  },
  { ...common, path: "/nodes/{node}/qemu/{vmid}/cloudinit", answer: cloudinit },
  {
    ...common,
    method: "PUT",
    path: "/nodes/{node}/qemu/{vmid}/cloudinit",
    permission: needs("/vms/{vmid}", "VM.Config.Cloudinit"),
    answer: updateCloudInit,
  },
];

/** Whether the machine runs is asked first: a file that is missing is missed by that. */
function feature(context: EndpointContext) {
  const { lab, node, params } = context;
  const vmid = guestOf(context);
  return lab.read((state) => {
    const text = guestText(state, node, vmid);
    if (text === undefined) throw new ApiRefusal(failure(500, missingText("stop", vmid, node)));
    const config = parseGuestConfig(text);
    const kept = params.snapname === undefined ? config.keys : config.snapshots[params.snapname];
    if (!kept) throw new ApiRefusal(failure(500, `snapshot '${params.snapname}' does not exist`));
    const drives = drivesOf(kept).filter((drive) => !drive.cdrom);
    // A linked clone is made from a template's images alone.
    const possible =
      params.feature === "copy" ||
      drives.length === 0 ||
      (params.feature === "snapshot" && snapshotsPossible(state, node, config));
    return success({ hasFeature: possible ? 1 : 0, nodes: nodesWith(state, node, kept) });
  });
}

/** The nodes that have every storage which a configuration uses; one that is not shared is this node's alone. */
function nodesWith(lab: Readonly<LabState>, node: string, keys: ConfigKeys): string[] {
  return memberNames(lab, node).filter((name) =>
    drivesOf(keys).every(({ volid }) => {
      const storage = splitVolid(volid)?.storage;
      const definition = storage === undefined ? undefined : storageDefinition(lab, node, storage);
      if (!definition) return true;
      return definition.shared ? !definition.nodes || definition.nodes.includes(name) : name === node;
    }),
  );
}

/** What is set; without a drive that says something else nothing is pending. */
function cloudinit(context: EndpointContext) {
  const { lab, node } = context;
  const vmid = guestOf(context);
  const text = lab.read((state) => guestText(state, node, vmid));
  if (text === undefined) throw new ApiRefusal(failure(500, missingText("set", vmid, node)));
  const set = Object.entries(parseGuestConfig(text).keys).filter(
    ([key, value]) => CLOUDINIT.test(key) && value !== "0",
  );
  return success(set.map(([key, value]): Json => ({ key, value: key === "cipassword" ? "**********" : value })));
}

/** Without a cloud-init drive there is nothing to make anew, and no lab has one: somebody wrote it into the file. */
function updateCloudInit(context: EndpointContext) {
  const { lab, node } = context;
  const vmid = guestOf(context);
  const text = lab.read((state) => guestText(state, node, vmid));
  if (text === undefined) throw new ApiRefusal(failure(500, missingText("set", vmid, node)));
  const { keys } = parseGuestConfig(text);
  if (keys.lock) throw new ApiRefusal(failure(500, `VM is locked (${keys.lock})`));
  if (drivesOf(keys).some(({ volid }) => /[:/]vm-\d+-cloudinit(?:\.\w+)?$/.test(volid))) {
    throw notModelled("PUT", `/nodes/${node}/qemu/${vmid}/cloudinit`);
  }
  return success(null);
}
