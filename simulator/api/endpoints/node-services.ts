/** `/nodes/{node}/services`: systemd's units as the API names them, and their workers. @source recording 12 */
import type { UnitName } from "../../cluster/services/services-state.ts";
import { UNITS } from "../../cluster/services/units.ts";
import type { LabState } from "../../cluster/state.ts";
import { type Json, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { oneOf } from "../parameters.ts";

/** Every service that the API lists, on an appliance as on the recorded nodes; undefined: not on a simulated node. */
const SERVICES: Record<string, UnitName | undefined> = {
  chrony: undefined,
  corosync: "corosync",
  cron: "cron",
  ksmtuned: undefined,
  postfix: undefined,
  "pve-cluster": "pve-cluster",
  "pve-firewall": "pve-firewall",
  "pve-ha-crm": "pve-ha-crm",
  "pve-ha-lrm": "pve-ha-lrm",
  pvedaemon: "pvedaemon",
  "pvefw-logger": undefined,
  pveproxy: "pveproxy",
  pvescheduler: "pvescheduler",
  pvestatd: "pvestatd",
  spiceproxy: "spiceproxy",
  sshd: "ssh",
  syslog: undefined,
  "systemd-journald": "systemd-journald",
  "systemd-timesyncd": undefined,
};

const audit = { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Audit" } as const;
const modify = { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Modify" } as const;
const known = { service: { check: oneOf(Object.keys(SERVICES)) } };
const onNode = { proxied: true, protected: true } as const;

const change = (action: "start" | "stop" | "restart" | "reload"): Endpoint => ({
  method: "POST",
  path: `/nodes/{node}/services/{service}/${action}`,
  permission: modify,
  ...onNode,
  pathParameters: known,
  answer: ({ lab, node, params, who }) => {
    const service = params.service!;
    // A unit that is not there fails in the worker, under its own name.
    const unit = SERVICES[service] ?? (service as UnitName);
    const tokenId = who.tokenId === undefined ? {} : { tokenId: `${who.user}!${who.tokenId}` };
    const { upid } = lab.act("services/task", { node, service, unit, action, user: who.user, ...tokenId });
    return success(upid);
  },
});

export const nodeServiceEndpoints: Endpoint[] = [
  { method: "GET", path: "/nodes/{node}/services", permission: audit, ...onNode, answer: list },
  {
    method: "GET",
    path: "/nodes/{node}/services/{service}",
    permission: audit,
    proxied: true,
    pathParameters: known,
    answer: () => success(["state", "start", "stop", "restart", "reload"].map((subdir) => ({ subdir }))),
  },
  {
    method: "GET",
    path: "/nodes/{node}/services/{service}/state",
    permission: audit,
    ...onNode,
    pathParameters: known,
    answer: ({ lab, node, params }) => success(lab.read((state) => serviceState(state, node, params.service!))),
  },
  ...(["start", "stop", "restart", "reload"] as const).map(change),
];

function list({ lab, node }: EndpointContext) {
  return lab.read((state) => success(Object.keys(SERVICES).map((service) => serviceState(state, node, service))));
}

function serviceState(lab: Readonly<LabState>, node: string, service: string): { [key: string]: Json } {
  const unit = SERVICES[service];
  if (unit === undefined) {
    const desc = service === "postfix" ? "postfix@-.service" : `${service}.service`;
    return {
      service,
      name: service,
      desc,
      state: "dead",
      "active-state": "inactive",
      "unit-state": "not-found",
    };
  }
  const { active, enabled, masked } = lab.nodes[node]!.services.units[unit];
  const states = {
    active: UNITS[unit].process === "" ? "exited" : "running",
    inactive: "dead",
    activating: "start",
    deactivating: "stop-sigterm",
    failed: "failed",
  };
  return {
    service,
    name: service,
    desc: masked ? `${unit}.service` : UNITS[unit].description,
    state: states[active],
    "active-state": active,
    "unit-state": masked ? "masked" : unit === "systemd-journald" ? "static" : enabled ? "enabled" : "disabled",
  };
}
