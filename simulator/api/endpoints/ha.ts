/** `/cluster/ha`: resources, groups, status, and what is asked of the master. @source recordings 08, 50-52, guests/20-23 */
import { createHash } from "node:crypto";
import { named, upTo } from "../../cluster/forms.ts";
import { haGroups, haResource, haResources, RESOURCES } from "../../cluster/ha/ha-config.ts";
import type { HaChange } from "../../cluster/ha/ha-requests.ts";
import { lrmStatus, managerStatus } from "../../cluster/ha/ha-status.ts";
import { haStatus } from "../../cluster/ha/ha-view.ts";
import { findJob } from "../../cluster/jobs/jobs.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../../cluster/refusal.ts";
import { ApiRefusal, failure, type Json, success, wrongParameters } from "../answer.ts";
import { hasQuorum } from "../cluster-view.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { boolean, formed, formedAll, integer, oneOf, type ParameterRules, pattern } from "../parameters.ts";

const audit = { kind: "privilege", path: "/", privilege: "Sys.Audit" } as const;
const console = { kind: "privilege", path: "/", privilege: "Sys.Console" } as const;
const flag = { optional: true, check: boolean };

const state = { optional: true, check: oneOf(["started", "stopped", "enabled", "disabled", "ignored"]) };
const resourceRules: ParameterRules = {
  comment: formed(upTo(4096)),
  group: formed(named("pve-configid")),
  max_relocate: { optional: true, check: integer(0, 2 ** 31) },
  max_restart: { optional: true, check: integer(0, 2 ** 31) },
  state,
};
/** `pve1,pve2:2`: nodes with their priorities. */
const NODE_ITEM = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?::\\d+)?";
const groupNodes = {
  check: pattern(
    new RegExp(`^${NODE_ITEM}(?:[,;\\s]+${NODE_ITEM})*$`),
    "invalid format - value does not look like a valid ha group node\n",
  ),
};
const CHANGED = { delete: formed({ ...named("pve-configid-list"), maxLength: 4096 }), digest: formed(upTo(64)) };
const resourceType = { optional: true, check: oneOf(["ct", "vm"]) };

const groupRules: ParameterRules = {
  comment: formed(upTo(4096)),
  nodes: { optional: true, ...groupNodes },
  nofailback: flag,
  restricted: flag,
};

export const haEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/cluster/ha/status/current",
    permission: audit,
    answer: ({ lab, node }) => success(lab.read((all) => haStatus(all, node)) as unknown as Json),
  },
  { method: "GET", path: "/cluster/ha/status/manager_status", permission: audit, answer: manager },
  {
    method: "GET",
    path: "/cluster/ha/resources",
    permission: audit,
    parameters: { type: resourceType },
    answer: resources,
  },
  {
    method: "POST",
    path: "/cluster/ha/resources",
    permission: console,
    protected: true,
    parameters: { ...resourceRules, sid: {}, type: resourceType },
    answer: (context) => configure(context, { op: "add", sid: sidOf(context), keys: keysOf(context, resourceRules) }),
  },
  { method: "GET", path: "/cluster/ha/resources/{sid}", permission: audit, answer: oneResource },
  {
    method: "PUT",
    path: "/cluster/ha/resources/{sid}",
    permission: console,
    protected: true,
    parameters: { ...resourceRules, ...CHANGED },
    answer: (context) =>
      configure(context, {
        op: "set",
        sid: sidOf(context),
        keys: keysOf(context, resourceRules),
        remove: removedOf(context),
      }),
  },
  {
    method: "DELETE",
    path: "/cluster/ha/resources/{sid}",
    permission: console,
    protected: true,
    answer: (context) => configure(context, { op: "remove", sid: sidOf(context) }),
  },
  ...(["migrate", "relocate"] as const).map(
    (verb): Endpoint => ({
      method: "POST",
      path: `/cluster/ha/resources/{sid}/${verb}`,
      permission: console,
      protected: true,
      // The parameter has the name that elsewhere says who answers.
      parameters: { node: formed({ format: "pve-node" }) },
      answer: (context) =>
        configure(context, { op: "crm-command", verb, sid: sidOf(context), target: context.params.node! }),
    }),
  ),
  { method: "GET", path: "/cluster/ha/groups", permission: audit, answer: groups },
  {
    method: "POST",
    path: "/cluster/ha/groups",
    permission: console,
    protected: true,
    parameters: {
      ...groupRules,
      nodes: groupNodes,
      group: formed({ format: "pve-configid" }),
      type: { optional: true, check: oneOf(["group"]) },
    },
    answer: (context) =>
      configure(context, { op: "group-add", group: context.params.group!, keys: keysOf(context, groupRules) }),
  },
  {
    method: "GET",
    path: "/cluster/ha/groups/{group}",
    permission: audit,
    pathParameters: formedAll({ group: { format: "pve-configid" } }),
    answer: oneGroup,
  },
  {
    method: "PUT",
    path: "/cluster/ha/groups/{group}",
    permission: console,
    protected: true,
    parameters: { ...groupRules, ...CHANGED },
    answer: (context) =>
      configure(context, {
        op: "group-set",
        group: context.params.group!,
        keys: keysOf(context, groupRules),
        remove: removedOf(context),
      }),
  },
  {
    method: "DELETE",
    path: "/cluster/ha/groups/{group}",
    permission: console,
    protected: true,
    answer: (context) => configure(context, { op: "group-remove", group: context.params.group! }),
  },
];

/** `100` means `vm:100`. */
function sidOf({ params }: EndpointContext): string {
  const sid = params.sid ?? "";
  if (/^\d+$/.test(sid)) return `vm:${sid}`;
  if (/^(?:vm|ct):\d+$/.test(sid)) return sid;
  throw new ApiRefusal(wrongParameters({ sid: "invalid format - value does not look like a valid ha resource id\n" }));
}

function keysOf({ params }: EndpointContext, rules: ParameterRules): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const name of Object.keys(rules)) {
    const value = params[name];
    if (value === undefined) continue;
    if (rules[name]!.check !== boolean) keys[name] = value;
    else keys[name] = /^(?:1|yes|on|true)$/i.test(value) ? "1" : "0";
  }
  return keys;
}

function removedOf({ params }: EndpointContext): string[] {
  return (params.delete ?? "").split(/[,;\s]+/).filter((one) => one !== "");
}

/** @throws ApiRefusal 500 with the model's reason */
async function configure({ lab, node, signal, note }: EndpointContext, change: HaChange) {
  let job: number;
  try {
    ({ job } = lab.act("ha/configure", { node, change }));
  } catch (error) {
    if (error instanceof Refusal) throw new ApiRefusal(failure(500, error.message));
    throw error;
  }
  const end = await lab.until(
    (all) => {
      const found = findJob(all, node, job);
      return found?.running ? undefined : { error: found?.error ?? "", output: found?.output ?? "" };
    },
    { signal },
  );
  for (const line of (end?.output ?? "").split("\n")) if (line !== "") await note?.(line);
  if (end?.error) throw new ApiRefusal(failure(500, end.error));
  return success(null);
}

function manager({ lab, node }: EndpointContext) {
  return lab.read((all) => {
    const status = managerStatus(all, node);
    const nodes = Object.keys(status.node_status);
    return success({
      manager_status: status,
      lrm_status: Object.fromEntries(nodes.map((name) => [name, lrmStatus(all, node, name) ?? {}])),
      quorum: { node, quorate: hasQuorum(all, node) ? "1" : "0" },
    } as unknown as Json);
  });
}

function digestOf(text: string | undefined): string {
  return createHash("sha1")
    .update(text ?? "")
    .digest("hex");
}

const NUMBERS = new Set(["max_relocate", "max_restart", "nofailback", "restricted"]);

function typed(keys: Record<string, string>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [key, NUMBERS.has(key) ? Number(value) : value]),
  );
}

function resources({ lab, node, params }: EndpointContext) {
  return lab.read((all) => {
    const digest = digestOf(pmxcfsFile(all, node, RESOURCES));
    const list = params.type === undefined || params.type === "vm" ? haResources(all, node) : [];
    return success(list.map((one) => ({ ...typed(one.keys), sid: one.sid, type: "vm", digest })));
  });
}

function oneResource(context: EndpointContext) {
  const { lab, node } = context;
  const sid = sidOf(context);
  return lab.read((all) => {
    const one = haResource(all, node, sid);
    if (!one) throw new ApiRefusal(failure(500, `no such resource '${sid}'`));
    return success({
      ...typed(one.keys),
      sid,
      type: "vm",
      digest: digestOf(pmxcfsFile(all, node, RESOURCES)),
    });
  });
}

function groups({ lab, node }: EndpointContext) {
  return lab.read((all) =>
    success(
      haGroups(all, node).map((one) => ({
        ...typed(one.keys),
        group: one.group,
        type: "group",
        digest: digestOf(pmxcfsFile(all, node, "ha/groups.cfg")),
      })),
    ),
  );
}

function oneGroup({ lab, node, params }: EndpointContext) {
  return lab.read((all) => {
    const one = haGroups(all, node).find((group) => group.group === params.group);
    if (!one) throw new ApiRefusal(failure(500, `no such ha group '${params.group}'`));
    return success({
      ...typed(one.keys),
      group: one.group,
      type: "group",
      digest: digestOf(pmxcfsFile(all, node, "ha/groups.cfg")),
    });
  });
}
