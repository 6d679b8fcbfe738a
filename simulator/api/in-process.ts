/**
 * The API as Proxmox's own command lines use it: the same endpoints, called in the process itself as root@pam, without
 * pveproxy, pvedaemon or a ticket. What concerns another node goes there over SSH, as pvesh does.
 */
import type { LabPort } from "../cluster/port.ts";
import { Refusal } from "../cluster/refusal.ts";
import { reachSsh } from "../node-view/ssh-reach.ts";
import { ApiRefusal, type Json } from "./answer.ts";
import { clusterView } from "./cluster-view.ts";
import { createRouter, type FoundEndpoint } from "./endpoint.ts";
import { endpoints } from "./endpoints/all.ts";
import { verifyRequest } from "./parameters.ts";
import type { Method } from "./request.ts";

export interface LocalCall {
  lab: LabPort;
  /** Where the command runs. */
  node: string;
  signal: AbortSignal;
  method: Method;
  /** `/cluster/status`. */
  path: string;
  params: Record<string, string>;
  /** Lines that a worker or a lock prints meanwhile. */
  note?: (line: string) => Promise<void>;
}

export type LocalAnswer =
  | { kind: "answered"; data: Json; node: string; template: string }
  | { kind: "no-handler" }
  /** The other node cannot be had: the whole text of the refusal. */
  | { kind: "unreachable"; text: string }
  | { kind: "refused"; status: number; message: string; errors: Record<string, string> };

let router: ReturnType<typeof createRouter> | undefined;

/** The endpoint of a method and path, for commands that describe the API. */
export function findLocalEndpoint(method: Method, path: string): FoundEndpoint | undefined {
  router ??= createRouter(endpoints);
  return router(method, path);
}

/** Call an endpoint as root@pam on a node, there or at the node that the path names. */
export async function callAsRoot(call: LocalCall): Promise<LocalAnswer> {
  const found = findLocalEndpoint(call.method, call.path);
  if (!found) return { kind: "no-handler" };
  const { endpoint, pathParams } = found;
  let node = call.node;
  const target = pathParams.node;
  if (endpoint.proxied && target !== undefined && target !== node && target !== "localhost") {
    const unreachable = await sshProblem(call, target);
    if (unreachable !== undefined) return { kind: "unreachable", text: unreachable };
    node = target;
  }
  try {
    const params = { ...call.params };
    verifyRequest(endpoint, params, pathParams);
    const answer = await endpoint.answer({
      lab: call.lab,
      node,
      params: { ...params, ...pathParams, ...(endpoint.proxied && { node }) },
      who: { user: "root@pam" },
      signal: call.signal,
      ...(call.note && { note: call.note }),
    });
    return { kind: "answered", data: (answer.body?.data ?? null) as Json, node, template: endpoint.path };
  } catch (error) {
    if (error instanceof Refusal) return { kind: "refused", status: 500, message: error.message, errors: {} };
    if (!(error instanceof ApiRefusal)) throw error;
    const { status, reason, body } = error.answer;
    const message = typeof body?.message === "string" ? body.message.replace(/\n$/, "") : reason;
    return { kind: "refused", status, message, errors: (body?.errors ?? {}) as Record<string, string> };
  }
}

/** What ssh says of a node that it does not reach, after as long as it takes. */
async function sshProblem(call: LocalCall, target: string): Promise<string | undefined> {
  const { lab, node, signal } = call;
  const address = lab.read((state) => clusterView(state, node).members.find((member) => member.name === target)?.ip);
  const reach = address === undefined ? undefined : lab.read((state) => reachSsh(state, node, address));
  if (address === undefined || !reach || reach.state === "unknown-host") {
    const lookup = `failed to get address info for: ${target}: Temporary failure in name resolution`;
    return `hostname lookup '${target}' failed - ${lookup}`;
  }
  if (reach.state === "open") return undefined;
  await lab.sleep(reach.afterMs, signal);
  return `proxy handler failed: ssh: connect to host ${address} port 22: ${reach.reason}`;
}

/** A refusal as a command prints it. @source pve-common PVE/Exception.pm stringify */
export function refusalText(refusal: { status: number; message: string; errors: Record<string, string> }): string {
  const errors = Object.keys(refusal.errors).sort();
  const lines = errors.map((field) => `${field}: ${refusal.errors[field]}\n`);
  // Only those that were raised with a code show it.
  const coded = [400, 403, 404, 424].includes(refusal.status);
  // Raised without a newline at its end, so Perl says where (recording 01).
  const where = refusal.status === 424 ? " at /usr/share/perl5/PVE/API2/ClusterConfig.pm line 578" : "";
  return `${coded ? `${refusal.status} ` : ""}${refusal.message}${where}\n${lines.join("")}`;
}
