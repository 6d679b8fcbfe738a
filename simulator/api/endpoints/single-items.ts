/**
 * One entry of lists that are read from files, and what a real node says of one that is not there: backup jobs,
 * replication, mappings, metric servers, containers. Changing them is not modelled.
 *
 * @source asked of Proxmox's own API on three nodes (pve-manager 8.4.21): recordings/pve/sent/three-nodes-bodies.json;
 * how an entry that is there is told: PVE/API2/Backup.pm, ReplicationConfig.pm, Cluster/MetricServer.pm (unverified)
 */
import { createHash } from "node:crypto";
import { type Form, named, oneOf, upTo } from "../../cluster/forms.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { ApiRefusal, died, notModelled, success, wrongParameters } from "../answer.ts";
import type { Endpoint, Permission } from "../endpoint.ts";
import { formed, formedAll, needed, type ParameterRule, type ParameterRules } from "../parameters.ts";
import { audit, eitherOf, needs } from "../permissions.ts";
import { parseSectionConfig } from "../section-config.ts";
import { storageConfigs } from "../storage-config.ts";

const anybody: Permission = { kind: "user" };
const configId: Form = { format: "pve-configid" };

const wrong = (name: string, text: string) => new ApiRefusal(wrongParameters({ [name]: text }));

/** A section of a file by its id. @param missing what is said of one that is not there */
function section(
  path: string,
  permission: Permission,
  file: string,
  missing: (id: string) => ApiRefusal,
  options: { only?: string; form?: ParameterRule } = {},
): Endpoint {
  return {
    method: "GET",
    path: `${path}/{id}`,
    permission,
    pathParameters: { id: options.form ?? formed(configId) },
    answer: ({ lab, node, params: { id } }) => {
      const text = lab.read((state) => pmxcfsFile(state, node, file) ?? "");
      const found = parseSectionConfig(text).find(
        (one) => one.id === id && (options.only === undefined || one.type === options.only),
      );
      if (!found) throw missing(id!);
      const digest = createHash("sha1").update(text).digest("hex");
      return success({ id: found.id, type: found.type, ...found.keys, digest });
    },
  };
}

const noJob = (id: string) => wrong("id", `No such job '${id}'`);
const replicationId: ParameterRule = {
  check: (value) =>
    /^[1-9]\d{2,8}-\d{1,9}$/.test(value) ? undefined : `invalid format - invalid replication job id '${value}'\n`,
};

/** Of a job on its node: only that there is none can be told, as no job runs in a lab. */
const ofReplication = (method: Endpoint["method"], what: string): Endpoint => ({
  method,
  path: `/nodes/{node}/replication/{id}/${what}`,
  permission: anybody,
  proxied: true,
  protected: true,
  pathParameters: { id: replicationId },
  answer: ({ lab, node, params: { id } }) => {
    const text = lab.read((state) => pmxcfsFile(state, node, "replication.cfg") ?? "");
    if (!parseSectionConfig(text).some((one) => one.id === id)) throw died(`no such replication job '${id}'`);
    throw notModelled(method, `/nodes/${node}/replication/${id}/${what}`);
  },
});

const ONE_OF_FILES: Endpoint[] = [
  ofReplication("GET", "status"),
  ofReplication("GET", "log"),
  ofReplication("POST", "schedule_now"),
  section("/cluster/backup", audit("/"), "jobs.cfg", noJob, { only: "vzdump", form: formed(upTo(50)) }),
  section("/cluster/jobs/realm-sync", audit("/"), "jobs.cfg", noJob, { only: "realm-sync" }),
  section("/cluster/replication", anybody, "replication.cfg", (id) => died(`no such replication job '${id}'`), {
    form: replicationId,
  }),
  section("/cluster/metrics/server", audit("/"), "status.cfg", (id) =>
    died(`status server entry '${id}' does not exist`),
  ),
  ...["dir", "pci", "usb"].map((kind) =>
    section(
      `/cluster/mapping/${kind}`,
      eitherOf(
        ...["Mapping.Use", "Mapping.Modify", "Mapping.Audit"].map((name) => needs(`/mapping/${kind}/{id}`, name)),
      ),
      `mapping/${kind === "dir" ? "directory" : kind}.cfg`,
      (id) => died(`mapping '${id}' not found`),
    ),
  ),
];

/** A container that is not there, as none is. */
const ofContainer = (part: string, permission: Permission, parameters: ParameterRules = {}): Endpoint => ({
  method: "GET",
  path: `/nodes/{node}/lxc/{vmid}${part}`,
  permission,
  proxied: true,
  parameters,
  answer: ({ node, params }) => {
    throw died(`Configuration file 'nodes/${node}/lxc/${params.vmid}.conf' does not exist`);
  },
});

const auditGuest = needs("/vms/{vmid}", "VM.Audit");
const CONTAINER: Endpoint[] = [
  ...["", "/status"].map((folder) => ofContainer(folder, anybody)),
  ...["/config", "/status/current", "/pending", "/snapshot"].map((part) => ofContainer(part, auditGuest)),
  ofContainer(
    "/feature",
    auditGuest,
    formedAll({
      feature: needed(oneOf("snapshot clone copy")),
      snapname: { ...named("pve-configid"), maxLength: 40 },
    }),
  ),
];

/** No backup is ever made, so there is nothing to be pruned; asking says first whether anything is to be. */
const prune: Endpoint = {
  method: "GET",
  path: "/nodes/{node}/storage/{storage}/prunebackups",
  permission: needs("/storage/{storage}", "Datastore.Audit", "Datastore.AllocateSpace"),
  proxied: true,
  protected: true,
  parameters: formedAll({
    "prune-backups": { optional: true },
    type: oneOf("qemu lxc"),
    vmid: named("pve-vmid"),
  }),
  answer: ({ lab, node, params }) => {
    const { storage } = params;
    const found = lab.read((state) => storageConfigs(state, node).find((one) => one.storage === storage));
    if (!found) throw died(`storage '${storage}' does not exist`);
    if (!found.content.split(",").includes("backup")) throw died(`storage '${storage}' does not support backups`);
    if (params["prune-backups"] === undefined && found.rest["prune-backups"] === undefined) {
      throw died(`no prune-backups options configured for storage '${storage}'`);
    }
    return success([]);
  },
};

/** What a firewall wrote down: nothing, as none runs that would; so its file is not there. */
const firewallLog = (path: string, permission: Permission): Endpoint => ({
  method: "GET",
  path,
  permission,
  proxied: true,
  protected: true,
  parameters: formedAll({
    limit: { type: "integer", minimum: 0, optional: true },
    start: { type: "integer", minimum: 0, optional: true },
    since: { type: "integer", minimum: 0, optional: true },
    until: { type: "integer", minimum: 0, optional: true },
  }),
  answer: () => success({ n: 1, t: "unable to open file - No such file or directory" }, { total: 1 }),
});

export const singleItemEndpoints: Endpoint[] = [
  ...ONE_OF_FILES,
  ...CONTAINER,
  prune,
  firewallLog("/nodes/{node}/firewall/log", needs("/nodes/{node}", "Sys.Syslog")),
  firewallLog("/nodes/{node}/qemu/{vmid}/firewall/log", needs("/vms/{vmid}", "VM.Console")),
];
