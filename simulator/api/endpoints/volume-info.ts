/**
 * One volume of a storage by its name, and what is said of backups, of which a lab has none.
 *
 * @source pve-storage 8.3.8 PVE/API2/Storage/Content.pm info, PVE/Storage.pm check_volume_access; pve-manager 8.4.21
 * PVE/API2/VZDump.pm extractconfig; refusals on a directory typed, thin volumes unverified
 */
import type { LabState } from "../../cluster/state.ts";
import { storageDefinition } from "../../cluster/storage/storage-config.ts";
import { backupProblem, volumeNameProblem } from "../../cluster/storage/volume-names.ts";
import { findVolume, splitVolid, storageCheckMs, storageTrouble, volumePath } from "../../cluster/storage/volumes.ts";
import { missing } from "../access-change.ts";
import { ApiRefusal, died, failure, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { hasPrivilege } from "../permissions.ts";

export const volumeInfoEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/content/{volume}",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    answer: info,
  },
  {
    method: "GET",
    path: "/nodes/{node}/vzdump/extractconfig",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    parameters: { volume: {} },
    answer: (context) => {
      const { lab, node, params } = context;
      const volume = params.volume!;
      const problem = lab.read((state) => backupProblem(state, node, volume));
      if (problem !== undefined) throw died(problem);
      const refused = lab.read((state) => backupRefusal(state, context, volume));
      if (refused !== undefined) throw new ApiRefusal(failure(403, refused));
      throw died(`volume '${volume}' does not exist`);
    },
  },
];

async function info(context: EndpointContext) {
  const { lab, node, params, note, signal } = context;
  const { storage, volume } = params as { storage: string; volume: string };
  const given = volume.includes(":") ? splitVolid(volume) : { storage, name: volume };
  if (!given) throw died(`unable to parse volume ID '${volume}'`);
  if (given.storage !== storage) {
    throw new ApiRefusal(wrongParameters({ volume: `storage ID mismatch (${given.storage} != ${storage})\n` }));
  }
  const definition = lab.read((state) => storageDefinition(state, node, storage));
  if (!definition) throw died(`storage '${storage}' does not exist`);
  const problem = volumeNameProblem(definition.type, given.name);
  if (problem !== undefined) throw died(problem);
  const volid = `${storage}:${given.name}`;
  const refused = lab.read((state) => accessRefusal(state, context, volid));
  if (refused !== undefined) throw new ApiRefusal(failure(403, refused));
  const trouble = lab.read((state) => storageTrouble(state, node, storage));
  await lab.sleep(storageCheckMs(trouble ?? ""), signal);
  const path = lab.read((state) => volumePath(state, node, volid));
  const found = trouble === undefined ? lab.read((state) => findVolume(state, node, volid)) : undefined;
  if (found) {
    const { sizeBytes: size, writtenBytes, format } = found;
    // An image of a disc is raw to whoever asks for it alone; LVM tells nothing of what is used.
    const used = definition.type === "lvmthin" ? 0 : writtenBytes;
    return success({ path, size, used, format: format === "iso" ? "raw" : format });
  }
  if (definition.type === "lvmthin") {
    throw died(`can't get size of '${path}':   Failed to find logical volume "${path.slice(5)}"`);
  }
  await note?.(`failed to stat '${path}'`);
  throw died(`volume_size_info on '${volid}' failed - no format`);
}

/** Why somebody may not look at a backup. @source PVE/Storage.pm check_volume_access */
function backupRefusal(state: Readonly<LabState>, { node, who }: EndpointContext, volid: string): string | undefined {
  const given = splitVolid(volid);
  if (!given) return undefined;
  const may = (path: string, privilege: string) => hasPrivilege(state, node, who, path, privilege);
  const place = `/storage/${given.storage}`;
  if (may(place, "Datastore.Allocate")) return undefined;
  const guest = /^backup\/vzdump-\w+-(\d+)-/.exec(given.name)?.[1];
  if (guest === undefined) return `missing privileges to access ${volid}`;
  if (!may(place, "Datastore.AllocateSpace")) return missing(place, ["Datastore.AllocateSpace"]);
  return may(`/vms/${guest}`, "VM.Backup") ? undefined : missing(`/vms/${guest}`, ["VM.Backup"]);
}

/** Why somebody may not look at a volume. */
function accessRefusal(state: Readonly<LabState>, { node, who }: EndpointContext, volid: string): string | undefined {
  const { storage, name } = splitVolid(volid)!;
  const may = (path: string, privilege: string) => hasPrivilege(state, node, who, path, privilege);
  const place = `/storage/${storage}`;
  if (may(place, "Datastore.Allocate")) return undefined;
  if (/^(?:iso|vztmpl|import)\//.test(name)) {
    const either = ["Datastore.AllocateSpace", "Datastore.Audit"];
    return either.some((one) => may(place, one)) ? undefined : missing(place, either);
  }
  const guest = /^(?:(\d+)\/|(?:vm|base|snap_vm)-(\d+)-)/.exec(name);
  if (!guest) return `missing privileges to access ${volid}`;
  if (!may(place, "Datastore.Audit")) return missing(place, ["Datastore.Audit"]);
  const machine = `/vms/${guest[1] ?? guest[2]}`;
  return may(machine, "VM.Config.Disk") ? undefined : missing(machine, ["VM.Config.Disk"]);
}
