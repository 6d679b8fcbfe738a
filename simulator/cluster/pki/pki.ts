/** Asking for certificates, and what goes on when they are issued. */

import { LAB_DOMAIN } from "../files/initial-tree.ts";
import { mainAddressOf } from "../host-network/node-address.ts";
import { type EventSpec, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { installFirstCertificates } from "./node-certificates.ts";
import type { IssuedCertificate, PkiInputs, PkiRequest, PkiState } from "./pki-state.ts";

export type { PkiInputs };

/** So many certificates are remembered: each node has one, and every join makes one more. */
const FINGERPRINTS_MAX = 60;

export function newPkiState(): PkiState {
  return { requests: [], nextRequestId: 1, nodes: {}, fingerprints: [] };
}

export const pkiInputs = {
  "pki/issued": (lab: LabState, args: IssuedCertificate): undefined => {
    const index = lab.pki.requests.findIndex((request) => request.id === args.requestId);
    const request = lab.pki.requests[index];
    if (!request) return undefined;
    lab.pki.requests.splice(index, 1);
    lab.pki.fingerprints.push({ certPem: args.certPem, fingerprint: args.fingerprint });
    if (lab.pki.fingerprints.length > FINGERPRINTS_MAX) lab.pki.fingerprints.shift();
    if (request.kind === "ca") installFirstCertificates(lab, request.node, args);
    const { next } = request;
    if (next) schedule(lab, 0, { ...next, data: { ...(next.data as object | undefined), issued: args } });
    return undefined;
  },
};

/**
 * Ask the host for a certificate of a node.
 *
 * @param request.next the event that goes on with it; its `data` gets `issued`
 */
export function requestCertificate(
  lab: LabState,
  request: Pick<PkiRequest, "node" | "kind" | "caPem" | "caKeyPem" | "serial"> & { next: EventSpec | null },
): void {
  const node = lab.nodes[request.node]!;
  const own = mainAddressOf(lab, node.name);
  lab.pki.requests.push({
    id: lab.pki.nextRequestId++,
    names: [`${node.name}.${LAB_DOMAIN}`, node.name, "localhost"],
    addresses: ["127.0.0.1", "::1", ...(own === undefined ? [] : [own])],
    caId: uuidLike(lab.seed, node.name),
    nowWallMs: wallNowMs(lab),
    ...request,
  });
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
