/** Asking for certificates, and what goes on when they are issued. */

import { readNodeFile } from "../files/node-tree.ts";
import { mainAddressOf } from "../host-network/node-address.ts";
import { type EventSpec, schedule } from "../kernel.ts";
import { ownName } from "../pmxcfs/own-name.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { installFirstCertificates } from "./node-certificates.ts";
import type { IssuedCertificate, IssueFailure, PkiRequest, PkiState } from "./pki-state.ts";

/** So many certificates are remembered: each node has one, and every join and renewal makes one more. */
const FINGERPRINTS_MAX = 60;

export function newPkiState(): PkiState {
  return { requests: [], nextRequestId: 1, nodes: {}, fingerprints: [] };
}

export const issuingInputs = {
  "pki/issued": (lab: LabState, args: IssuedCertificate | IssueFailure): undefined => {
    const index = lab.pki.requests.findIndex((request) => request.id === args.requestId);
    const request = lab.pki.requests[index];
    if (!request) return undefined;
    lab.pki.requests.splice(index, 1);
    if ("certPem" in args && request.kind !== "key") {
      const { certPem, fingerprint, keyPem } = args;
      lab.pki.fingerprints.push({ certPem, fingerprint, keyPem });
      if (lab.pki.fingerprints.length > FINGERPRINTS_MAX) lab.pki.fingerprints.shift();
    }
    const { next } = request;
    if (next) schedule(lab, 0, { ...next, data: { ...(next.data as object | undefined), issued: args } });
    else if ("certPem" in args) installFirstCertificates(lab, request.node, args);
    return undefined;
  },
};

/**
 * Ask the host for a certificate of a node, with the names that the node has now.
 *
 * @param request.next the event that goes on with it; its `data` gets `issued`, an IssuedCertificate or an IssueFailure
 */
export function requestCertificate(
  lab: LabState,
  request: Pick<PkiRequest, "node" | "kind" | "caPem" | "caKeyPem" | "serial" | "keyPem"> & { next: EventSpec | null },
): void {
  const node = lab.nodes[request.node]!;
  const own = mainAddressOf(lab, node.name);
  const domain = searchDomain(lab, node.name);
  const name = ownName(lab, node.name);
  const id = lab.pki.nextRequestId++;
  lab.pki.requests.push({
    id,
    names: ["localhost", name, ...(domain === undefined ? [] : [`${name}.${domain}`])],
    addresses: ["127.0.0.1", "::1", ...(own === undefined ? [] : [own])],
    caId: request.next ? newCaId(lab, node.name, id) : uuidLike(lab.seed, node.name),
    nowWallMs: wallNowMs(lab, node.name),
    ...request,
  });
}

/** What tells a CA that takes another's place apart from it. @param run the number of what makes it */
export function newCaId(lab: Readonly<LabState>, node: string, run: number): string {
  return uuidLike(lab.seed, `${node}/${run}`);
}

/** The domain that a node's names are looked for in. @source pve-common PVE/INotify.pm read_etc_resolv_conf: the last one */
export function searchDomain(lab: Readonly<LabState>, node: string): string | undefined {
  const text = readNodeFile(lab, node, "/etc/resolv.conf") ?? "";
  return [...text.matchAll(/^(?:search|domain)\s+(\S+)/gm)].at(-1)?.[1];
}

/** A UUID's form from a lab's seed and a name; the same for ever. */
function uuidLike(seed: string, name: string): string {
  let hash = 2166136261;
  let hex = "";
  for (let word = 0; word < 4; word++) {
    for (const character of `${word}${seed}/${name}`)
      hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619) >>> 0;
    hex += hash.toString(16).padStart(8, "0");
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
