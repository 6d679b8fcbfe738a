/** Guests of a node: lists, configurations, power, migration. @source recordings 12, 26, 27, 34, 35, 61 */

import { formProblem, named, oneOf, text, upTo } from "../../cluster/forms.ts";
import { COUNT_OPTIONS, FLAG_OPTIONS, TEXT_OPTIONS } from "../../cluster/guests/config-options.ts";
import type { GuestAction } from "../../cluster/guests/guest-actions.ts";
import { parseGuestConfig } from "../../cluster/guests/guest-config.ts";
import { allGuests, type GuestSummary, guestSummary, guestText, instanceOf } from "../../cluster/guests/guest-view.ts";
import { optionForm } from "../../cluster/guests/option-forms.ts";
import { haResource } from "../../cluster/ha/ha-config.ts";
import { haStateOf } from "../../cluster/ha/ha-view.ts";
import { findJob } from "../../cluster/jobs/jobs.ts";
import { localDisks, localResources, memberNames, unavailableStorages } from "../../cluster/migration/preconditions.ts";
import { Refusal } from "../../cluster/refusal.ts";
import type { LabState } from "../../cluster/state.ts";
import { isTrue } from "../../cluster/truth.ts";
import { digestMismatch, guestDigest } from "../../node-view/guest-digest.ts";
import { listOf } from "../access-change.ts";
import { ApiRefusal, failure, type Json, modelRefusal, success, wrongParameters } from "../answer.ts";
import type { Endpoint, EndpointContext, Identity } from "../endpoint.ts";
import { CONFIG_PRIVILEGES, refusedOptions } from "../guest-option-rights.ts";
import { boolean, formed, formedAll, integer, type ParameterRules, VMID } from "../parameters.ts";
import { hasPrivilege, needs, refusedPermission } from "../permissions.ts";
import { figuresAreKept, guestFigures } from "./figures.ts";

const GUEST = "/nodes/{node}/qemu/{vmid}";
const NUMBER_MAX = 2 ** 31 - 1;

const free = { optional: true };
const flag = { optional: true, check: boolean };
const number = { optional: true, check: integer(0, NUMBER_MAX) };

const configRules: ParameterRules = {
  ...Object.fromEntries(
    [...TEXT_OPTIONS, ...COUNT_OPTIONS].map((name) => [
      name,
      { ...formed(optionForm(name) ?? text, name), optional: true },
    ]),
  ),
  ...Object.fromEntries(FLAG_OPTIONS.map((name) => [name, flag])),
};
const setRules: ParameterRules = {
  ...configRules,
  delete: formed(named("pve-configid-list")),
  revert: formed(named("pve-configid-list")),
};
const vmidRule = formed(VMID);
/** Disks by their names in a configuration. */
const diskNames = (withUnused: boolean) =>
  (
    [
      ["ide", 4],
      ["scsi", 31],
      ["virtio", 16],
      ["sata", 6],
    ] as const
  )
    .flatMap(([bus, count]) => Array.from({ length: count }, (_, number) => `${bus}${number}`))
    .concat(["efidisk0", "tpmstate0"], withUnused ? Array.from({ length: 256 }, (_, number) => `unused${number}`) : []);

const common = { permission: { kind: "user" }, proxied: true, protected: true } as const;

/** Over the guest that the path names; of several privileges one is enough. */
const over = (...privileges: string[]) => needs("/vms/{vmid}", ...privileges);

/** An endpoint that starts a task about a guest. */
function starts(
  path: string,
  action: GuestAction,
  privilege: string | string[],
  parameters: ParameterRules = {},
): Endpoint {
  return {
    ...common,
    permission: over(...[privilege].flat()),
    method: "POST",
    path: `${GUEST}/${path}`,
    parameters,
    answer: (context) => act(context, action),
  };
}

const CLONE_RULES: ParameterRules = {
  newid: vmidRule,
  full: flag,
  bwlimit: number,
  ...formedAll({
    description: text,
    format: oneOf("raw qcow2 vmdk"),
    name: named("dns-name"),
    pool: named("pve-poolid"),
    snapname: { ...named("pve-configid"), maxLength: 40 },
    storage: named("pve-storage-id"),
    target: named("pve-node"),
  }),
};

export const qemuEndpoints: Endpoint[] = [
  { ...common, method: "GET", path: "/nodes/{node}/qemu", parameters: { full: flag }, answer: list },
  {
    ...common,
    permission: {
      kind: "other",
      refused: (lab, node, who, { vmid, pool }) => refusedToMake(lab, node, who, vmid, pool),
    },
    method: "POST",
    path: "/nodes/{node}/qemu",
    parameters: {
      ...configRules,
      vmid: vmidRule,
      storage: formed(named("pve-storage-id")),
      pool: formed(named("pve-poolid")),
      start: flag,
    },
    answer: (context) => act(context, "create"),
  },
  {
    ...common,
    permission: over("VM.Audit"),
    method: "GET",
    path: `${GUEST}/config`,
    parameters: { current: flag, snapshot: formed({ ...named("pve-configid"), maxLength: 40 }) },
    answer: config,
  },
  {
    ...common,
    permission: over(...CONFIG_PRIVILEGES),
    method: "PUT",
    path: `${GUEST}/config`,
    parameters: setRules,
    answer: changeAtOnce,
  },
  starts("config", "set", CONFIG_PRIVILEGES, setRules),
  { ...common, permission: over("VM.Audit"), method: "GET", path: `${GUEST}/pending`, answer: pending },
  { ...common, permission: over("VM.Audit"), method: "GET", path: `${GUEST}/status/current`, answer: current },
  starts("status/start", "start", "VM.PowerMgmt", { skiplock: flag, timeout: number }),
  starts("status/stop", "stop", "VM.PowerMgmt", { skiplock: flag, timeout: number, "overrule-shutdown": flag }),
  starts("status/shutdown", "shutdown", "VM.PowerMgmt", { skiplock: flag, timeout: number, forceStop: flag }),
  starts("status/reboot", "reboot", "VM.PowerMgmt", { timeout: number }),
  starts("status/reset", "reset", "VM.PowerMgmt", { skiplock: flag }),
  starts("status/suspend", "suspend", "VM.PowerMgmt", {
    skiplock: flag,
    statestorage: formed(named("pve-storage-id")),
    todisk: flag,
  }),
  starts("status/resume", "resume", "VM.PowerMgmt", { skiplock: flag, nocheck: flag }),
  {
    ...common,
    permission: over("VM.Migrate"),
    method: "GET",
    path: `${GUEST}/migrate`,
    parameters: { target: formed(named("pve-node")) },
    answer: preconditions,
  },
  starts("migrate", "migrate", "VM.Migrate", {
    target: formed({ format: "pve-node" }),
    online: flag,
    "with-local-disks": flag,
    bwlimit: number,
    force: flag,
    ...formedAll({
      targetstorage: named("storage-pair-list"),
      migration_network: named("CIDR"),
      migration_type: oneOf("secure insecure"),
    }),
  }),
  {
    ...starts("clone", "clone", "VM.Clone", CLONE_RULES),
    permission: {
      kind: "other",
      refused: (lab, node, who, params) =>
        refusedPermission(lab, node, who, over("VM.Clone"), params) ??
        refusedToMake(lab, node, who, params.newid, params.pool),
    },
  },
  starts("template", "template", "VM.Allocate", {
    disk: formed({ optional: true, enum: diskNames(false) }),
  }),
  starts("move_disk", "move-disk", "VM.Config.Disk", {
    disk: formed({ enum: diskNames(true) }),
    storage: formed(named("pve-storage-id")),
    bwlimit: number,
    delete: flag,
    digest: formed(upTo(40)),
    format: formed(oneOf("raw qcow2 vmdk")),
  }),
  { ...common, permission: over("VM.Audit"), method: "GET", path: `${GUEST}/snapshot`, answer: snapshots },
  starts("snapshot", "snapshot", "VM.Snapshot", {
    snapname: formed({ format: "pve-configid", maxLength: 40 }),
    description: free,
    vmstate: flag,
  }),
  starts("snapshot/{snapname}/rollback", "rollback", ["VM.Snapshot", "VM.Snapshot.Rollback"], { start: flag }),
  {
    ...common,
    permission: over("VM.Snapshot"),
    method: "DELETE",
    path: `${GUEST}/snapshot/{snapname}`,
    parameters: { force: flag },
    answer: (context) => act(context, "delsnapshot"),
  },
  {
    ...common,
    permission: over("VM.Snapshot", "VM.Snapshot.Rollback", "VM.Audit"),
    method: "GET",
    path: `${GUEST}/snapshot/{snapname}/config`,
    answer: snapshotConfig,
  },
  {
    ...common,
    permission: over("VM.Config.Disk"),
    method: "PUT",
    path: `${GUEST}/unlink`,
    parameters: { idlist: formed({ format: "pve-configid-list" }), force: flag },
    answer: ({ params: { idlist, ...rest }, ...context }) =>
      changeAtOnce({ ...context, params: { ...rest, ...(idlist !== undefined && { delete: idlist }) } }),
  },
  {
    ...common,
    permission: over("VM.Console"),
    method: "PUT",
    path: `${GUEST}/sendkey`,
    parameters: { key: {}, skiplock: flag },
    answer: sendKey,
  },
  {
    ...common,
    permission: over("VM.Config.Disk"),
    method: "PUT",
    path: `${GUEST}/resize`,
    parameters: {
      disk: formed({ enum: diskNames(false) }),
      size: formed({ pattern: /\+?\d+(?:\.\d+)?[KMGT]?/ }),
      skiplock: flag,
    },
    answer: (context) => act(context, "resize"),
  },
  {
    ...common,
    permission: over("VM.Allocate"),
    method: "DELETE",
    path: GUEST,
    parameters: { purge: flag, skiplock: flag, "destroy-unreferenced-disks": flag },
    answer: (context) => act(context, "destroy"),
  },
];

/**
 * Why somebody may not make a guest of this number, or in this pool: of two ways to be allowed to, and so the refusal names
 * none.
 *
 * @source recording 15
 */
function refusedToMake(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  vmid: string | undefined,
  pool: string | undefined,
): string | undefined {
  const may = (path: string) => hasPrivilege(lab, node, who, path, "VM.Allocate");
  return may(`/vms/${vmid}`) || (pool !== undefined && may(`/pool/${pool}`)) ? undefined : "Permission check failed";
}

/** The guest's number. @throws ApiRefusal for text that is none */
export function guestOf({ params }: EndpointContext): number {
  const vmid = params.vmid ?? "";
  const problem = formProblem(VMID, vmid, "vmid");
  if (problem !== undefined) throw new ApiRefusal(wrongParameters({ vmid: problem }));
  return Number(vmid);
}

/** A guest's configuration on this node. @throws ApiRefusal as recorded when it is not there */
function textOf({ lab, node }: EndpointContext, vmid: number): string {
  const text = lab.read((state) => guestText(state, node, vmid));
  if (text === undefined) throw configurationMissing(node, String(vmid));
  return text;
}

export function configurationMissing(node: string, vmid: string): ApiRefusal {
  return new ApiRefusal(failure(500, `Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`));
}

function start(context: EndpointContext, action: GuestAction, foreground = false) {
  const vmid = guestOf(context);
  const { lab, node, who } = context;
  const { vmid: _vmid, node: _node, ...params } = context.params;
  if (action === "migrate" && params.target === node) {
    throw new ApiRefusal(wrongParameters({ target: "target is local node." }));
  }
  if (action === "set") refuseOptions(context, vmid);
  const mismatch = lab.read((state) => digestMismatch(state, node, vmid, params.digest));
  if (mismatch !== undefined) throw new ApiRefusal(failure(500, mismatch));
  try {
    return lab.act("guests/act", {
      node,
      vmid,
      action,
      params,
      user: who.user,
      ...(who.tokenId !== undefined && { tokenId: `${who.user}!${who.tokenId}` }),
      program: "pvedaemon",
      foreground,
    });
  } catch (error) {
    throw error instanceof Refusal ? new ApiRefusal(modelRefusal(error)) : error;
  }
}

/** What is sent with options of a guest and is none. */
const NO_OPTIONS = new Set("node vmid delete revert digest skiplock force background_delay".split(" "));

/** @throws ApiRefusal for an option that somebody may not change */
function refuseOptions({ lab, node, who, params }: EndpointContext, vmid: number): void {
  const changed = [
    ...[...listOf(params.delete), ...listOf(params.revert)].map((name): [string, undefined] => [name, undefined]),
    ...Object.entries(params).filter(([name]) => !NO_OPTIONS.has(name)),
  ];
  const refused = lab.read((state) => refusedOptions(state, node, who, vmid, changed));
  if (refused) throw new ApiRefusal(failure(refused.status, refused.message));
}

function act(context: EndpointContext, action: GuestAction) {
  return success(start(context, action).upid);
}

/** `PUT .../config` waits for its end and is no task. */
async function changeAtOnce(context: EndpointContext) {
  const { lab, node, signal } = context;
  const { job } = start(context, "set", true);
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

function list({ lab, node, who }: EndpointContext) {
  return lab.read((state) =>
    success(
      allGuests(state, node)
        .filter((guest) => guest.node === node)
        .filter((guest) => hasPrivilege(state, node, who, `/vms/${guest.vmid}`, "VM.Audit"))
        .map((guest) => guestSummary(state, node, guest.vmid))
        .filter((guest) => guest !== undefined)
        .map(summary),
    ),
  );
}

function summary(guest: GuestSummary): { [key: string]: Json | undefined } {
  const running = guest.status === "running";
  return {
    vmid: guest.vmid,
    name: guest.name,
    status: guest.status,
    cpus: guest.cpus,
    ...guestFigures(guest),
    uptime: guest.uptimeS,
    ...(running && { pid: guest.pid }),
    ...(guest.lock !== "" && { lock: guest.lock }),
    ...(guest.tags !== "" && { tags: guest.tags }),
    ...(guest.template && { template: 1 }),
  };
}

function config(context: EndpointContext) {
  const text = textOf(context, guestOf(context));
  const { keys, pending: waiting, pendingDelete, description } = parseGuestConfig(text);
  const shown: Record<string, Json> = {};
  for (const [key, value] of Object.entries(isTrue(context.params.current) ? keys : { ...keys, ...waiting })) {
    if (!isTrue(context.params.current) && pendingDelete.includes(key)) continue;
    shown[key] = shownValue(key, value);
  }
  if (description.length > 0) shown.description = `${description.join("\n")}\n`;
  return success({ ...shown, digest: guestDigest(text) });
}

/** `memory` is text in the API, other counts are numbers. @source recordings 12 */
function shownValue(key: string, value: string): Json {
  const counted = COUNT_OPTIONS.includes(key) || FLAG_OPTIONS.includes(key);
  return counted && key !== "memory" && /^\d+$/.test(value) ? Number(value) : value;
}

function pending(context: EndpointContext) {
  const text = textOf(context, guestOf(context));
  const { keys, pending: waiting, pendingDelete } = parseGuestConfig(text);
  const names = new Set([...Object.keys(keys), ...Object.keys(waiting)]);
  const options: Json[] = [...names].map((key) => ({
    key,
    ...(keys[key] !== undefined && { value: shownValue(key, keys[key]) }),
    ...(waiting[key] !== undefined && { pending: shownValue(key, waiting[key]) }),
    ...(pendingDelete.includes(key) && { delete: 1 }),
  }));
  return success([...options, { key: "digest", value: guestDigest(text) }]);
}

/** @source qemu-server 8.3.13 PVE/API2/Qemu.pm snapshot_list (unverified) */
function snapshots(context: EndpointContext) {
  const vmid = guestOf(context);
  const text = textOf(context, vmid);
  const config = parseGuestConfig(text);
  const named = Object.entries(config.snapshots).map(([name, keys]) => ({
    name,
    snaptime: Number(keys.snaptime),
    description: keys.description ?? "",
    vmstate: keys.vmstate === undefined ? 0 : 1,
    ...(keys.parent !== undefined && { parent: keys.parent }),
    ...(keys.snapstate !== undefined && { snapstate: keys.snapstate }),
  }));
  const { parent } = config.keys;
  const now = {
    name: "current",
    digest: guestDigest(text),
    running: context.lab.read((state) => (instanceOf(state, context.node, vmid) ? 1 : 0)),
    description: "You are here!",
    ...(parent !== undefined && { parent }),
  };
  return success([...named, now]);
}

/** @source qemu-server PVE/API2/Qemu.pm get_snapshot_config (unverified) */
function snapshotConfig(context: EndpointContext) {
  const { snapshots: kept } = parseGuestConfig(textOf(context, guestOf(context)));
  const found = kept[context.params.snapname!];
  if (!found) throw new ApiRefusal(failure(500, `snapshot '${context.params.snapname}' does not exist`));
  return success({ ...found });
}

/** The machine gets the key; what its system makes of it is not modelled. */
function sendKey(context: EndpointContext) {
  const vmid = guestOf(context);
  textOf(context, vmid);
  if (!context.lab.read((state) => instanceOf(state, context.node, vmid))) {
    throw new ApiRefusal(failure(500, `VM ${vmid} not running`));
  }
  return success(null);
}

function current(context: EndpointContext) {
  const vmid = guestOf(context);
  textOf(context, vmid);
  return context.lab.read((state) => {
    const guest = guestSummary(state, context.node, vmid)!;
    return success({
      ...summary(guest),
      qmpstatus: guest.qmpStatus,
      ha: haOfGuest(state, context.node, vmid),
      ...(guest.status === "running" && { nics: cardsOf(state, context.node, vmid) }),
    });
  });
}

/** A running guest's cards as the node has them; what went over them is not counted. @source recording 27 */
function cardsOf(state: Readonly<LabState>, node: string, vmid: number): Json {
  const config = instanceOf(state, node, vmid)?.config ?? "";
  const numbers = Object.keys(parseGuestConfig(config).keys).flatMap((key) => /^net(\d+)$/.exec(key)?.[1] ?? []);
  return Object.fromEntries(numbers.map((number) => [`tap${vmid}i${number}`, { netin: 0, netout: 0 }]));
}

/** Storages are looked at, and nothing else: an offline node is listed as allowed. @source recording 61 */
function preconditions(context: EndpointContext) {
  const vmid = guestOf(context);
  textOf(context, vmid);
  const { lab, node } = context;
  return lab.read((state) => {
    const allowed: string[] = [];
    const notAllowed: Record<string, Json> = {};
    for (const name of memberNames(state, node)) {
      if (name === node) continue;
      const missing = unavailableStorages(state, node, vmid, name);
      notAllowed[name] = missing.length > 0 ? { unavailable_storages: missing } : {};
      if (missing.length === 0) allowed.push(name);
    }
    return success({
      running: instanceOf(state, node, vmid) ? 1 : 0,
      allowed_nodes: allowed,
      not_allowed_nodes: notAllowed,
      local_disks: localDisks(state, node, vmid).map((disk) => ({
        volid: disk.volid,
        drivename: disk.key,
        size: disk.sizeBytes,
        cdrom: disk.cdrom ? 1 : 0,
        is_attached: disk.uses.has("attached") ? 1 : 0,
        is_unused: disk.uses.has("unused") ? 1 : 0,
        is_vmstate: disk.uses.has("vmstate") ? 1 : 0,
        is_tpmstate: disk.key === "tpmstate0" ? 1 : 0,
        replicate: 1,
        shared: 0,
      })),
      local_resources: localResources(state, node, vmid),
      "mapped-resources": [],
      "mapped-resource-info": {},
    });
  });
}

function haOfGuest(state: Parameters<typeof guestSummary>[0], node: string, vmid: number): { [key: string]: Json } {
  const resource = haResource(state, node, `vm:${vmid}`);
  if (!resource) return { managed: 0 };
  const { group } = resource;
  return { managed: 1, sid: resource.sid, state: resource.state, ...(group !== undefined && { group }) };
}

/** Guests as `/cluster/resources` lists them: those of a node that is away as they were last known. */
export function guestResources(
  state: Parameters<typeof guestSummary>[0],
  viewer: string,
  isOnline: (node: string) => boolean,
): { vmid: number; entry: { [key: string]: Json | undefined } }[] {
  return allGuests(state, viewer).map(({ vmid, node }) => {
    const head = { id: `qemu/${vmid}`, type: "qemu", node, vmid };
    const hastate = haStateOf(state, viewer, vmid);
    Object.assign(head, hastate !== undefined && { hastate });
    const guest = guestSummary(state, node, vmid, viewer);
    if (!guest || !figuresAreKept(state, viewer, { name: node, online: isOnline(node) }))
      return { vmid, entry: { ...head, status: "unknown" } };
    const wasRunning = state.nodes[node]?.qemu[vmid] !== undefined;
    const status = isOnline(node) ? guest.status : wasRunning ? "running" : "stopped";
    const { pid: _pid, cpus, ...rest } = summary(guest);
    return {
      vmid,
      entry: { ...rest, ...head, status, diskread: 0, diskwrite: 0, maxcpu: cpus, template: guest.template ? 1 : 0 },
    };
  });
}
