/**
 * One round of the master: what becomes of each service, given what nodes and LRMs tell. Pure but for the status that is
 * handed in, which it changes.
 *
 * @source pve-ha-manager 4.0.7 PVE/HA/Manager.pm, order and wording; recordings 51, 52, guests/20-24
 */
import type { HaGroup, HaResource } from "./ha-config.ts";
import type { LrmStatus, ManagerStatus, ServiceStatus } from "./ha-status.ts";
import { selectNode } from "./select-node.ts";

export interface Round {
  status: ManagerStatus;
  resources: HaResource[];
  groups: HaGroup[];
  /** Node that a guest's configuration lies on, by service. */
  placed: Record<string, string>;
  lrm: Record<string, LrmStatus | undefined>;
  /** Nodes that are members now. */
  online: string[];
  /** Milliseconds since a node was last seen in a round; 0 while it is. */
  awayMs: Record<string, number>;
  /** Nodes whose agent lock the master has just taken. */
  acknowledged: string[];
  newUid(): string;
  log(text: string): void;
  /** Set the wanted state in resources.cfg. */
  request(sid: string, state: string): void;
  /** Move a service's configuration to another node. */
  steal(sid: string, from: string, to: string): void;
}

/** A node is fenced after it was away for so long. */
export const FENCE_DELAY_MS = 60_000;

/** LRM exit codes. */
export const SUCCESS = 0;
export const ERROR = 1;
export const WRONG_NODE = 3;

/** States move on at once as far as they can, as in Proxmox. */
const REPEATS_MAX = 20;

export function manageServices(round: Round): void {
  for (let turn = 0; turn < REPEATS_MAX; turn++) {
    let again = false;
    for (const sid of Object.keys(round.status.service_status).sort()) {
      const service = round.status.service_status[sid]!;
      const before = service.state;
      step(round, sid, service);
      if (service.state !== before) again = true;
    }
    for (const sid of Object.keys(round.status.service_status).sort()) {
      const service = round.status.service_status[sid]!;
      if (service.state !== "fence") continue;
      if (round.status.node_status[service.node] !== "fence" && !round.acknowledged.includes(service.node)) {
        setNode(round, service.node, "fence");
      }
      if (round.acknowledged.includes(service.node)) {
        setState(round, sid, "recovery", { node: service.node });
        again = true;
      }
    }
    if (!again) break;
  }
  // A node whose services were all taken away meanwhile does not stay fenced for ever.
  const fenced = Object.values(round.status.service_status).filter((one) => one.state === "fence");
  for (const [node, state] of Object.entries(round.status.node_status)) {
    if (state !== "fence" || fenced.some((one) => one.node === node)) continue;
    round.log(`node '${node}' in fence state but no services to-fence! admin interference?!`);
    setNode(round, node, "unknown");
  }
}

/** What nodes are to the master, from who is a member and what their LRMs say. */
export function updateNodes(round: Omit<Round, "acknowledged">): void {
  const { node_status: nodes } = round.status;
  for (const node of new Set([...Object.keys(nodes), ...round.online])) {
    nodes[node] ??= "unknown";
    const state = nodes[node];
    const online = round.online.includes(node);
    const maintenance = round.lrm[node]?.mode === "maintenance";
    if (state === "fence") continue;
    if (!online) {
      if (state !== "unknown") setNode(round, node, "unknown");
    } else if (maintenance) {
      if (state !== "maintenance") setNode(round, node, "maintenance");
    } else if (state !== "online") setNode(round, node, "online");
  }
}

export function setNode(round: Pick<Round, "status" | "log">, node: string, state: string): void {
  round.log(`node '${node}': state changed from '${round.status.node_status[node]}' => '${state}'`);
  round.status.node_status[node] = state;
}

/** Services that are new, and those that are gone or ignored: before people's commands are read. */
export function addAndRemove(round: Round): void {
  const { service_status: services } = round.status;
  for (const { sid, state } of round.resources) {
    const node = round.placed[sid];
    if (services[sid] || state === "ignored" || node === undefined) continue;
    round.log(`adding new service '${sid}' on node '${node}'`);
    services[sid] = { state: state === "started" ? "request_start" : "request_stop", node, uid: round.newUid() };
  }
  for (const sid of Object.keys(services).sort()) {
    const resource = round.resources.find((one) => one.sid === sid);
    if (resource && resource.state !== "ignored") continue;
    round.log(`removing stale service '${sid}' (${resource ? "ignored state requested" : "no config"})`);
    delete services[sid];
  }
}

function setState(round: Round, sid: string, state: string, to: Partial<ServiceStatus>): void {
  const service = round.status.service_status[sid]!;
  const before = service.state;
  const kept: ServiceStatus = {
    state,
    node: to.node ?? service.node,
    uid: round.newUid(),
    ...(to.target !== undefined && { target: to.target }),
    ...(to.timeout !== undefined && { timeout: to.timeout }),
    ...(service.failed_nodes && state !== "stopped" && state !== "error" && { failed_nodes: service.failed_nodes }),
    ...(service.maintenance_node !== undefined && { maintenance_node: service.maintenance_node }),
  };
  round.status.service_status[sid] = kept;
  Object.assign(service, { state });
  const details = [
    ...(to.node !== undefined && state !== "recovery" ? [`node = ${to.node}`] : []),
    ...(to.target !== undefined ? [`target = ${to.target}`] : []),
    ...(to.timeout !== undefined ? [`timeout = ${to.timeout}`] : []),
  ].join(", ");
  round.log(`service '${sid}': state changed from '${before}' to '${state}'${details === "" ? "" : `  (${details})`}`);
}

function step(round: Round, sid: string, service: ServiceStatus): void {
  const resource = round.resources.find((one) => one.sid === sid);
  const wanted = resource?.state ?? "disabled";
  const result = service.uid === undefined ? undefined : round.lrm[service.node]?.results[service.uid];
  const lost = (round.awayMs[service.node] ?? 0) >= FENCE_DELAY_MS;
  const mode = round.lrm[service.node]?.mode;
  if (mode === "restart" && ["started", "stopped", "request_stop"].includes(service.state)) {
    if (round.online.includes(service.node)) {
      setState(round, sid, "freeze", {});
      return;
    }
  }
  switch (service.state) {
    case "request_start":
      setState(round, sid, "started", { node: service.node });
      break;
    case "started":
      started(round, sid, service, wanted, resource, result?.exit_code, lost);
      break;
    case "request_stop":
      if (result) {
        if (result.exit_code === SUCCESS) setState(round, sid, "stopped", {});
        else {
          round.log(`service '${sid}' stop failed (exit code ${result.exit_code})`);
          setState(round, sid, "error", {});
        }
      } else if (lost) setState(round, sid, "fence", {});
      break;
    case "stopped":
      stopped(round, sid, service, wanted, lost);
      break;
    case "migrate":
    case "relocate": {
      const next = wanted === "started" ? "started" : "request_stop";
      if (result) {
        if (result.exit_code === SUCCESS) setState(round, sid, next, { node: service.target! });
        else if (result.exit_code === WRONG_NODE) {
          round.log(`service '${sid}' - migration failed: service registered on wrong node!`);
          setState(round, sid, "error", {});
        } else {
          round.log(`service '${sid}' - migration failed (exit code ${result.exit_code})`);
          setState(round, sid, next, { node: service.node });
        }
      } else if (lost) setState(round, sid, "fence", {});
      break;
    }
    case "freeze":
      if (mode === "active" && round.online.includes(service.node)) {
        setState(round, sid, wanted === "started" ? "started" : "request_stop", {});
      }
      break;
    case "recovery":
      recover(round, sid, service, wanted, resource);
      break;
    case "error":
      if (wanted === "disabled") {
        delete service.failed_nodes;
        setState(round, sid, "stopped", {});
      }
      break;
  }
}

function started(
  round: Round,
  sid: string,
  service: ServiceStatus,
  wanted: string,
  resource: HaResource | undefined,
  exitCode: number | undefined,
  lost: boolean,
): void {
  const state = round.status.node_status[service.node];
  if (state !== "online") {
    if (lost) {
      setState(round, sid, "fence", {});
      return;
    }
    if (state !== "maintenance") return;
    service.maintenance_node = service.node;
  }
  if (wanted === "disabled" || wanted === "stopped") {
    setState(round, sid, "request_stop", {});
    return;
  }
  if (wanted !== "started") return;
  if (service.cmd) {
    const [verb, argument] = service.cmd;
    delete service.cmd;
    if (verb === "stop") {
      const timeout = Number(argument);
      round.log(
        timeout === 0
          ? `request immediate service hard-stop for service '${sid}'`
          : `request graceful stop with timeout '${timeout}' for service '${sid}'`,
      );
      setState(round, sid, "request_stop", { timeout });
      round.request(sid, "stopped");
    } else if (mayMove(round, sid, service, verb!, argument!)) {
      round.log(`${verb} service '${sid}' to node '${argument}'`);
      setState(round, sid, verb!, { node: service.node, target: argument! });
    }
    return;
  }
  let tryNext = false;
  if (exitCode === SUCCESS) {
    if (service.failed_nodes) {
      const failed = service.failed_nodes.join(", ");
      round.log(`relocation policy successful for '${sid}' on node '${service.node}', failed nodes: ${failed}`);
    }
    delete service.failed_nodes;
    service.running = 1;
  } else if (exitCode !== undefined) {
    delete service.running;
    // One that failed here more than once counts each time.
    service.failed_nodes = [...(service.failed_nodes ?? []), service.node];
    if (service.failed_nodes.length > (resource?.maxRelocate ?? 1)) {
      const failed = service.failed_nodes.join(", ");
      round.log(`recovery policy for service ${sid} failed, entering error state. Failed nodes: ${failed}`);
      setState(round, sid, "error", {});
      return;
    }
    round.log(`starting service ${sid} on node '${service.node}' failed, relocating service.`);
    tryNext = true;
  }
  const node = choose(round, service, resource, tryNext);
  if (node !== undefined && node !== service.node) {
    forgetMaintenance(round, sid, service, node);
    round.log(`migrate service '${sid}' to node '${node}' (running)`);
    setState(round, sid, "migrate", { node: service.node, target: node });
    return;
  }
  if (tryNext && node === undefined) {
    const tried = (service.failed_nodes ?? []).join(", ");
    round.log(
      `Start Error Recovery: Tried all available nodes for service '${sid}', retry start on current node. Tried nodes: ${tried}`,
    );
  }
  if (service.maintenance_node === service.node && state === "online") {
    round.log(
      `service '${sid}': clearing stale maintenance node '${service.maintenance_node}' setting (is current node)`,
    );
    delete service.maintenance_node;
  }
  // Asked anew each time, so that a guest that went down by itself is started again.
  if (exitCode !== undefined) service.uid = round.newUid();
}

/** A service that moves on its own goes back to the node that it left for maintenance, or has no longer one to go back to. */
function forgetMaintenance(round: Round, sid: string, service: ServiceStatus, target: string): void {
  const fallback = service.maintenance_node;
  if (fallback === undefined) return;
  if (target === fallback) {
    round.log(`moving service '${sid}' back to '${fallback}', node came back from maintenance.`);
    delete service.maintenance_node;
  } else if (service.node !== fallback) {
    round.log(`dropping maintenance fallback node '${fallback}' for '${sid}'`);
    delete service.maintenance_node;
  }
}

/** Whether a service may go where somebody wants it. */
function mayMove(round: Round, sid: string, service: ServiceStatus, verb: string, target: string): boolean {
  if (!["online"].includes(round.status.node_status[target] ?? "")) {
    round.log(`ignore service '${sid}' ${verb} request - node '${target}' not online`);
  } else if (service.node === target) {
    round.log(`ignore service '${sid}' ${verb} request - service already on node '${target}'`);
  } else return true;
  return false;
}

function stopped(round: Round, sid: string, service: ServiceStatus, wanted: string, lost: boolean): void {
  const placed = round.placed[sid];
  // Somebody moved the configuration by hand.
  if (placed !== undefined && placed !== service.node) {
    round.log(`fixup service '${sid}' location (${service.node} => ${placed})`);
    service.node = placed;
  }
  if (service.cmd) {
    const [verb, argument] = service.cmd;
    delete service.cmd;
    if (verb === "stop") round.log(`ignore service '${sid}' stop request - service already stopped`);
    else if (mayMove(round, sid, service, verb!, argument!)) {
      setState(round, sid, verb!, { node: service.node, target: argument! });
      return;
    }
  }
  if (wanted === "disabled") return;
  if (lost && round.status.node_status[service.node] !== "maintenance") {
    setState(round, sid, "fence", {});
    return;
  }
  if (wanted === "started") setState(round, sid, "request_start", { node: service.node });
}

function recover(
  round: Round,
  sid: string,
  service: ServiceStatus,
  wanted: string,
  resource: HaResource | undefined,
): void {
  const fenced = service.node;
  const node = choose(round, service, resource, false);
  if (node !== undefined) {
    round.log(
      node === fenced
        ? `recover service '${sid}' to previous failed and fenced node '${fenced}' again`
        : `recover service '${sid}' from fenced node '${fenced}' to node '${node}'`,
    );
    round.steal(sid, fenced, node);
    round.placed[sid] = node;
    setState(round, sid, wanted === "started" ? "started" : "request_stop", { node });
    return;
  }
  round.log(`recovering service '${sid}' from fenced node '${fenced}' failed, no recovery node found`);
  if (wanted === "disabled") {
    delete service.failed_nodes;
    setState(round, sid, "stopped", {});
  }
}

function choose(
  round: Round,
  service: ServiceStatus,
  resource: HaResource | undefined,
  tryNext: boolean,
): string | undefined {
  const usage: Record<string, number> = {};
  for (const [node, state] of Object.entries(round.status.node_status)) if (state === "online") usage[node] = 0;
  for (const other of Object.values(round.status.service_status)) {
    if (other === service || ["stopped", "error", "fence", "recovery"].includes(other.state)) continue;
    for (const node of [other.node, other.target]) {
      if (node !== undefined && usage[node] !== undefined) usage[node] += 1;
    }
  }
  return selectNode({
    group: round.groups.find((group) => group.group === resource?.group),
    usage,
    current: service.node,
    tryNext,
    triedNodes: service.failed_nodes ?? [],
    maintenanceFallback: service.maintenance_node,
  });
}
