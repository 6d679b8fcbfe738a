/** `/storage` and a node's storages. @source recordings 12 */
import { type Form, flag, named, oneOf, upTo } from "../../cluster/forms.ts";
import { findJob } from "../../cluster/jobs/jobs.ts";
import { Refusal } from "../../cluster/refusal.ts";
import type { LabState } from "../../cluster/state.ts";
import { storageDefinition } from "../../cluster/storage/storage-config.ts";
import type { VolumeFormat } from "../../cluster/storage/storage-state.ts";
import type { StorageConfigInputs } from "../../cluster/storage/storage-steps.ts";
import { parseSize, storageCheckMs, storageTrouble, volumesOn } from "../../cluster/storage/volumes.ts";
import { missing } from "../access-change.ts";
import { ApiRefusal, failure, type Json, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext, Identity } from "../endpoint.ts";
import { formed, formedAll, needed, VMID } from "../parameters.ts";
import { hasPrivilege, needs } from "../permissions.ts";
import { isFor, type StorageEntry, storageConfigs, storageDigest, storageUse } from "../storage-config.ts";

export const storageType = oneOf(
  "btrfs cephfs cifs dir esxi glusterfs iscsi iscsidirect lvm lvmthin nfs pbs rbd zfs zfspool",
);

/** What can be set at any time. */
export const CHANGEABLE: Record<string, Form> = {
  content: named("pve-storage-content-list"),
  disable: flag,
  nodes: named("pve-node-list"),
  options: named("pve-storage-options"),
  server: named("pve-storage-server"),
  shared: flag,
};

/** What is said once. */
export const FIXED: Record<string, Form> = {
  export: named("pve-storage-path"),
  path: named("pve-storage-path"),
  thinpool: named("pve-storage-vgname"),
  vgname: named("pve-storage-vgname"),
};

const AUDIT = needs("/storage/{storage}", "Datastore.Audit", "Datastore.AllocateSpace");
const OVER_ALL = needs("/storage", "Datastore.Allocate");

export const storageEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/storage",
    permission: { kind: "user" },
    parameters: { type: formed(storageType) },
    answer: listConfigs,
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    parameters: {
      enabled: formed(flag),
      format: formed(flag),
      ...formedAll({
        content: named("pve-storage-content-list"),
        storage: named("pve-storage-id"),
        target: named("pve-node"),
      }),
    },
    answer: listOnNode,
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/content",
    permission: AUDIT,
    proxied: true,
    protected: true,
    parameters: { content: formed(named("pve-storage-content")), vmid: formed({ ...VMID, optional: true }) },
    answer: content,
  },
  {
    method: "GET",
    path: "/storage/{storage}",
    permission: { kind: "privilege", path: "/storage/{storage}", privilege: "Datastore.Allocate" },
    answer: readConfig,
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/status",
    permission: AUDIT,
    proxied: true,
    protected: true,
    answer: storageStatus,
  },
  {
    method: "POST",
    path: "/storage",
    permission: OVER_ALL,
    protected: true,
    parameters: {
      storage: formed({ format: "pve-storage-id" }),
      type: formed(needed(storageType)),
      ...formedAll({ ...CHANGEABLE, ...FIXED }),
    },
    answer: create,
  },
  {
    method: "PUT",
    path: "/storage/{storage}",
    permission: OVER_ALL,
    protected: true,
    parameters: formedAll({
      ...CHANGEABLE,
      delete: { ...named("pve-configid-list"), maxLength: 4096 },
      digest: upTo(64),
    }),
    answer: change,
  },
  {
    method: "POST",
    path: "/nodes/{node}/storage/{storage}/content",
    permission: needs("/storage/{storage}", "Datastore.AllocateSpace"),
    proxied: true,
    protected: true,
    parameters: {
      filename: {},
      size: formed({ pattern: /\d+[MG]?/ }),
      vmid: formed(VMID),
      format: formed(oneOf("raw qcow2 subvol vmdk")),
    },
    answer: allocate,
  },
  {
    method: "DELETE",
    path: "/nodes/{node}/storage/{storage}/content/{volume}",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    answer: release,
  },
  {
    method: "DELETE",
    path: "/storage/{storage}",
    permission: OVER_ALL,
    protected: true,
    answer: (context) => configure(context, { node: context.node, op: "remove", storage: context.params.storage! }),
  },
];

async function create(context: EndpointContext) {
  const { storage, type, ...keys } = context.params as { storage: string; type: string };
  await configure(context, { node: context.node, op: "add", storage, type, keys: Object.entries(keys) });
  return success({ storage, type });
}

async function change(context: EndpointContext) {
  const {
    storage,
    delete: gone,
    digest: _digest,
    ...keys
  } = context.params as {
    storage: string;
    delete?: string;
    digest?: string;
  };
  const type = context.lab.read((state) => storageDefinition(state, context.node, storage)?.type);
  await configure(context, {
    node: context.node,
    op: "set",
    storage,
    keys: Object.entries(keys),
    delete: (gone ?? "").split(/[,;\s]+/).filter((one) => one !== ""),
  });
  return success({ storage, type: type ?? "" });
}

function may({ lab, node, who }: EndpointContext, storage: string, privilege: string): void {
  if (!lab.read((state) => hasPrivilege(state, node, who, `/storage/${storage}`, privilege))) {
    throw new ApiRefusal(failure(403, `Permission check failed (/storage/${storage}, ${privilege})`));
  }
}

function allocate(context: EndpointContext) {
  const { storage, filename, size, vmid, format } = context.params as Record<string, string>;
  may(context, storage!, "Datastore.AllocateSpace");
  const sizeBytes = /^\d+$/.test(size!) ? Number(size) * 1024 : parseSize(size!);
  if (sizeBytes === undefined) throw new ApiRefusal(wrongParameters({ size: "invalid format - not a size\n" }));
  const { lab, node } = context;
  const thin = lab.read((state) => storageDefinition(state, node, storage!)?.type) === "lvmthin";
  const suffix = /\.(raw|qcow2|vmdk)$/.exec(filename!)?.[1];
  return refused(() => {
    const { volid } = lab.act("storage/alloc", {
      node,
      storage: storage!,
      vmid: Number(vmid),
      name: thin ? filename! : `${vmid}/${filename}`,
      sizeBytes,
      format: (format ?? suffix ?? "raw") as VolumeFormat,
    });
    return success(volid);
  });
}

function release(context: EndpointContext) {
  const { storage, volume } = context.params as { storage: string; volume: string };
  may(context, storage, "Datastore.Allocate");
  return refused(() => {
    const volid = volume.includes(":") ? volume : `${storage}:${volume}`;
    context.lab.act("storage/free", { node: context.node, volid });
    return success(null);
  });
}

function refused<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refusal) throw new ApiRefusal(failure(500, error.message));
    throw error;
  }
}

/** @throws ApiRefusal 403, or 500 with the model's reason */
async function configure(
  { lab, node, who, signal }: EndpointContext,
  change: StorageConfigInputs["storage/configure"]["args"],
) {
  if (!lab.read((state) => hasPrivilege(state, node, who, "/storage", "Datastore.Allocate"))) {
    throw new ApiRefusal(failure(403, "Permission check failed (/storage, Datastore.Allocate)"));
  }
  let job: number;
  try {
    ({ job } = lab.act("storage/configure", change));
  } catch (error) {
    if (error instanceof Refusal) throw new ApiRefusal(failure(500, error.message));
    throw error;
  }
  const error = await lab.until(
    (state) => {
      const found = findJob(state, node, job);
      return found?.running ? undefined : (found?.error ?? "");
    },
    { signal },
  );
  if (error) throw new ApiRefusal(failure(500, error));
  return success(null);
}

/** Storages whose images are files, of which each tells what it is based on. */
const IN_FILES = new Set(["dir", "nfs", "cifs", "btrfs", "glusterfs"]);

/** Volumes of a storage. @source pve-storage PVE/API2/Storage/Content.pm (unverified) */
async function content(context: EndpointContext) {
  const { lab, node, params, who } = context;
  const storage = params.storage!;
  await storagesAsked(context, [storage], ["Datastore.Audit", "Datastore.AllocateSpace"]);
  return lab.read((state) => {
    const may = (path: string, privilege: string) => hasPrivilege(state, node, who, path, privilege);
    // A guest's volume is shown to who may change that guest's disks. @source PVE/Storage.pm check_volume_access
    const seen = (vmid: number) =>
      may(`/storage/${storage}`, "Datastore.Allocate") ||
      (may(`/storage/${storage}`, "Datastore.Audit") && may(`/vms/${vmid}`, "VM.Config.Disk"));
    const trouble = storageTrouble(state, node, storage);
    if (trouble) throw new ApiRefusal(failure(500, trouble));
    const definition = storageDefinition(state, node, storage)!;
    const volumes = volumesOn(state, node, definition)
      .filter((volume) => volume.vmid === 0 || seen(volume.vmid))
      .filter((volume) => params.vmid === undefined || String(volume.vmid) === params.vmid)
      .filter(
        (volume) => params.content === undefined || (volume.format === "iso" ? "iso" : "images") === params.content,
      );
    return success(
      volumes.map((volume) => ({
        volid: `${storage}:${volume.name}`,
        format: volume.format,
        content: volume.format === "iso" ? "iso" : "images",
        size: volume.sizeBytes,
        used: volume.writtenBytes,
        ctime: volume.createdS,
        ...(volume.vmid !== 0 && { vmid: volume.vmid, ...(IN_FILES.has(definition.type) && { parent: null }) }),
      })),
    );
  });
}

/** @source pve-storage PVE/API2/Storage/Config.pm read (text unverified) */
function readConfig({ lab, node, params }: EndpointContext) {
  return lab.read((state) => {
    const entry = storageConfigs(state, node).find((one) => one.storage === params.storage);
    if (!entry) throw new ApiRefusal(failure(500, `storage '${params.storage}' does not exist`));
    return success({ ...configOf(entry), digest: storageDigest(state, node) });
  });
}

function configOf(entry: StorageEntry): { [key: string]: Json } {
  return {
    ...entry.rest,
    storage: entry.storage,
    type: entry.type,
    content: entry.content,
    ...(entry.shared && { shared: 1 }),
    ...(entry.nodes && { nodes: entry.nodes.join(",") }),
  };
}

async function storageStatus(context: EndpointContext) {
  const { lab, node, params, who } = context;
  await storagesAsked(context, [params.storage!]);
  return lab.read((state) => {
    if (!mayUse(state, node, who, params.storage!)) {
      throw new ApiRefusal(failure(403, missing(`/storage/${params.storage}`, USE)));
    }
    const entry = storageConfigs(state, node).find((one) => one.storage === params.storage);
    if (!entry) throw noSuchStorage();
    return success(stateOf(state, node, entry));
  });
}

function noSuchStorage() {
  return new ApiRefusal(wrongParameters({ storage: "No such storage." }));
}

/** What a node says of a storage; one that is disabled or kept to other nodes has no figures. */
function stateOf(state: Readonly<LabState>, node: string, entry: StorageEntry) {
  const { used, total, available, online, enabled } = storageUse(state, node, entry);
  return {
    type: entry.type,
    content: entry.content,
    shared: entry.shared ? 1 : 0,
    enabled: enabled ? 1 : 0,
    active: online ? 1 : 0,
    ...{ used, total, avail: available },
  };
}

function listConfigs({ lab, node, params, who }: EndpointContext) {
  return lab.read((state) => {
    const digest = storageDigest(state, node);
    const list: Json[] = storageConfigs(state, node)
      .filter((entry) => params.type === undefined || entry.type === params.type)
      .filter((entry) => hasPrivilege(state, node, who, `/storage/${entry.storage}`, "Datastore.Audit"))
      .map((entry) => ({ ...configOf(entry), digest }));
    return success(list);
  });
}

/** Either shows a storage with its figures. */
const USE = ["Datastore.Audit", "Datastore.AllocateSpace"];

function mayUse(state: Readonly<LabState>, node: string, who: Identity, storage: string, privileges = USE): boolean {
  return privileges.some((one) => hasPrivilege(state, node, who, `/storage/${storage}`, one));
}

/** Each storage that somebody may see is asked whether it is there, one after another. */
async function storagesAsked({ lab, node, who, signal }: EndpointContext, names: string[], privileges = USE) {
  for (const name of names) {
    const waitMs = lab.read((state) =>
      mayUse(state, node, who, name, privileges) ? storageCheckMs(storageTrouble(state, node, name) ?? "") : 0,
    );
    if (waitMs > 0) await lab.sleep(waitMs, signal);
  }
}

async function listOnNode(context: EndpointContext) {
  const { lab, node, params, who } = context;
  const names = lab.read((state) => storageConfigs(state, node).map((entry) => entry.storage));
  await storagesAsked(
    context,
    names.filter((name) => params.storage === undefined || name === params.storage),
  );
  const target = params.target === node || params.target === "localhost" ? undefined : params.target;
  return lab.read((state) => {
    const kinds = params.content?.split(",");
    const asked = storageConfigs(state, node)
      .map((entry) => ({ entry, told: stateOf(state, node, entry) }))
      // Whoever asks for a kind means to use it: only the enabled ones. @source pve-storage storage_info
      .filter(
        ({ entry, told }) => !kinds || (told.enabled && kinds.some((one) => entry.content.split(",").includes(one))),
      )
      .filter(({ entry }) => params.storage === undefined || entry.storage === params.storage);
    if (params.storage !== undefined && asked.length === 0) throw noSuchStorage();
    const list: Json[] = asked
      .filter(({ entry }) => mayUse(state, node, who, entry.storage))
      .filter(({ entry }) => params.enabled !== "1" || entry.rest.disable !== "1")
      .filter(({ entry }) => target === undefined || (entry.shared && isFor(entry, node) && isFor(entry, target)))
      .map(({ entry, told }) => ({
        storage: entry.storage,
        ...told,
        ...(told.total > 0 && { used_fraction: told.used / told.total }),
      }));
    return success(list);
  });
}
