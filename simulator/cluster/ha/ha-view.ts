/**
 * What `ha-manager status` and the API tell, from one node's own files. Reads only.
 *
 * @source recordings 50-52, guests/20-23; pve-ha-manager PVE/API2/HA/Status.pm
 */
import { nodeOf } from "../kernel.ts";
import { nodeZone } from "../node-settings/clock.ts";
import { localOfInstant, type Zone } from "../node-settings/zone-time.ts";
import { pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { type HaResource, haResource, haResources } from "./ha-config.ts";
import { lrmStatus, managerStatus, type ServiceStatus } from "./ha-status.ts";
import { activeServices } from "./lrm.ts";

export interface HaStatusEntry {
  id: string;
  type: "quorum" | "master" | "lrm" | "service";
  node: string;
  status: string;
  quorate?: number;
  timestamp?: number;
  sid?: string;
  state?: string;
  crm_state?: string;
  request_state?: string;
  max_restart?: number;
  max_relocate?: number;
  group?: string;
  comment?: string;
}

/** Older than this, a daemon is taken for dead. */
const OLD_S = 30;

export function haStatus(lab: Readonly<LabState>, viewer: string): HaStatusEntry[] {
  const quorate = pmxcfsWritable(nodeOf(lab as LabState, viewer).pmxcfs);
  const list: HaStatusEntry[] = [
    {
      id: "quorum",
      type: "quorum",
      node: viewer,
      quorate: quorate ? 1 : 0,
      status: quorate ? "OK" : `No quorum on node '${viewer}'!`,
    },
  ];
  const status = managerStatus(lab, viewer);
  const nowS = Math.floor(wallNowMs(lab, viewer) / 1_000);
  const zone = nodeZone(lab, viewer);
  const services = status.service_status;
  if (status.master_node !== undefined && status.timestamp !== undefined) {
    const old = nowS - status.timestamp > OLD_S;
    const idle = quorate && haResources(lab, viewer).length === 0;
    const word = !old ? "active" : idle ? "idle" : "old timestamp - dead?";
    const { master_node: node, timestamp } = status;
    list.push({
      id: "master",
      type: "master",
      node,
      status: `${node} (${word}, ${localTime(zone, timestamp)})`,
      timestamp,
    });
  }
  for (const node of Object.keys(status.node_status).sort()) {
    const lrm = lrmStatus(lab, viewer, node);
    const head = { id: `lrm:${node}`, type: "lrm" as const, node };
    if (!lrm) {
      list.push({ ...head, status: `${node} (unable to read lrm status)` });
      continue;
    }
    const word = lrmWord(lrm, nowS, activeServices(services, node));
    list.push({ ...head, status: `${node} (${word}, ${localTime(zone, lrm.timestamp)})`, timestamp: lrm.timestamp });
  }
  const sids = new Set([...Object.keys(services), ...haResources(lab, viewer).map((one) => one.sid)]);
  for (const sid of [...sids].sort()) {
    const resource = haResource(lab, viewer, sid);
    const service = services[sid];
    const node = service?.node ?? placeOf(lab, viewer, sid);
    const state = serviceWord(service, resource);
    list.push({
      id: `service:${sid}`,
      type: "service",
      sid,
      node,
      state,
      status: `${sid} (${node}, ${state})`,
      ...(service && { crm_state: service.state }),
      ...(resource && {
        request_state: resource.state,
        max_restart: resource.maxRestart,
        max_relocate: resource.maxRelocate,
        ...(resource.group !== undefined && { group: resource.group }),
        ...(resource.keys.comment !== undefined && { comment: resource.keys.comment }),
      }),
    });
  }
  return list;
}

function lrmWord(lrm: { mode: string; state: string; timestamp: number }, nowS: number, count: number): string {
  if (nowS - lrm.timestamp > OLD_S && lrm.mode !== "maintenance") return "old timestamp - dead?";
  if (lrm.mode === "maintenance") return "maintenance mode";
  if (lrm.mode === "restart") return "restart mode";
  if (lrm.mode === "shutdown") return "shutdown mode";
  if (lrm.state === "wait_for_agent_lock" && count === 0) return "idle";
  return lrm.state;
}

/** A service's state in the words that people see. */
export function serviceWord(service: ServiceStatus | undefined, resource: HaResource | undefined): string {
  if (!resource) return "deleting";
  if (resource.state === "ignored") return "ignored";
  if (!service) return "queued";
  const { state } = service;
  if (state === "started") {
    if (resource.state === "stopped" || resource.state === "disabled") return "stopping";
    return service.running ? "started" : "starting";
  }
  if (state === "stopped") {
    if (resource.state === "started") return "starting";
    return resource.state === "disabled" ? "disabled" : "stopped";
  }
  if (state === "error" && resource.state === "disabled") return "clearing error flag";
  return state;
}

function placeOf(lab: Readonly<LabState>, viewer: string, sid: string): string {
  const vmid = sid.slice(3);
  const path = Object.keys(nodeOf(lab as LabState, viewer).pmxcfs.database.entries).find((one) =>
    one.endsWith(`/qemu-server/${vmid}.conf`),
  );
  return path?.split("/")[1] ?? "";
}

/** `hastate` of /cluster/resources. */
export function haStateOf(lab: Readonly<LabState>, viewer: string, vmid: number): string | undefined {
  const resource = haResource(lab, viewer, `vm:${vmid}`);
  const service = managerStatus(lab, viewer).service_status[`vm:${vmid}`];
  return resource || service ? serviceWord(service, resource) : undefined;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `Mon Nov 23 00:27:37 2026`. */
function localTime(zone: Zone, seconds: number): string {
  const at = new Date(localOfInstant(zone, seconds * 1_000));
  const two = (value: number, fill = "0") => String(value).padStart(2, fill);
  const day = `${DAYS[at.getUTCDay()]} ${MONTHS[at.getUTCMonth()]} ${two(at.getUTCDate(), " ")}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} ${at.getUTCFullYear()}`;
}
