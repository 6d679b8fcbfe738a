/**
 * The API clients of a lab's nodes, kept between observations: tickets, connections, learnt certificates and what
 * cannot change any more (a version, the log of a task that has ended).
 */

import { withinDeadline } from "../labs/deadline.ts";
import type { LabDescription, LabNode } from "../labs/lab-description.ts";
import { certificatesOverSsh } from "../labs/learn-over-ssh.ts";
import { trustOf } from "../labs/node-trust.ts";
import { openTunnel } from "../labs/ssh-tunnel.ts";
import { unseenRights } from "../labs/unseen-rights.ts";
import { createPveClient, type PveClient, type RequestOptions } from "../pve/client.ts";
import type { Fingerprint } from "../pve/fingerprint.ts";

export interface NodeClient {
  readonly node: LabNode;
  readonly api: PveClient;
  /** Requests sent so far, logins included. */
  readonly calls: number;
  /** Logs of tasks that have ended, by UPID. */
  readonly logs: Map<string, string[]>;
  /** What the account may not see on this node, as `unseenRights` tells it; one that sees all is asked about seldom. */
  unseen(request: RequestOptions): Promise<string[]>;
}

export interface LabClients {
  readonly lab: string;
  readonly nodes: readonly NodeClient[];
  /** Every secret of the lab, to keep out of observations. */
  readonly secrets: readonly string[];
  /** Take over new addresses and credentials; nodes whose doors are the same keep their connections. */
  update(description: LabDescription): void;
  close(): void;
}

/** For how long an account is believed to see all. */
const RIGHTS_MS = 10 * 60_000;
/** How long somebody who could vouch for a certificate is waited for. */
const VOUCH_MS = 4_000;

/** @param sending told of every request when it is sent to this node */
export function openLabClients(description: LabDescription, sending?: (node: string) => void): LabClients {
  let nodes = new Map<string, NodeClient>();
  let secrets: string[] = [];
  /** Nodes whose certificate is being learnt: they cannot vouch for others meanwhile. */
  const learning = new Set<string>();

  function open(node: LabNode): NodeClient {
    const { url, user, password, token, throughSsh } = node.api;
    const tunnel = throughSsh ? openTunnel(node) : undefined;
    const entry = { node, calls: 0, logs: new Map<string, string[]>() };
    let seesAllAtMs = Number.NEGATIVE_INFINITY;
    const relearn = async () => {
      learning.add(node.name);
      try {
        return await certificatesOverSsh(node, VOUCH_MS).catch(() => listedCertificates(node.name));
      } finally {
        learning.delete(node.name);
      }
    };
    const api = createPveClient({
      url,
      trust: trustOf(node, relearn),
      ...(tunnel && { connect: tunnel.connect }),
      credential: token === undefined ? { kind: "password", user, password: password ?? "" } : { kind: "token", token },
      sending: () => {
        entry.calls++;
        sending?.(node.name);
      },
    });
    const close = () => {
      api.close();
      tunnel?.close();
    };
    const unseen = async (request: RequestOptions) => {
      if (token === undefined && user === "root@pam") return [];
      if (performance.now() - seesAllAtMs < RIGHTS_MS) return [];
      // Somebody may give what is missing at any moment.
      const missing = await unseenRights(api, request);
      if (missing.length === 0) seesAllAtMs = performance.now();
      return missing;
    };
    return Object.assign(entry, { api: { ...api, close }, unseen });
  }

  /** What the other members' lists say, all asked at once: a silent one must not keep the answer of the others. */
  async function listedCertificates(name: string): Promise<Fingerprint[]> {
    const peers = [...nodes.values()].filter(({ node }) => node.name !== name && !learning.has(node.name));
    const deadline = AbortSignal.timeout(VOUCH_MS);
    const lists = await Promise.allSettled(peers.map(({ api }) => withinDeadline(api.nodes(), deadline)));
    return lists
      .flatMap((list) => (list.status === "fulfilled" ? list.value : []))
      .flatMap((entry) => (entry.name === name && entry.certSha256 !== undefined ? [entry.certSha256] : []));
  }

  function update(next: LabDescription): void {
    const kept = nodes;
    nodes = new Map(
      next.nodes.map((node) => {
        const old = kept.get(node.name);
        if (old && JSON.stringify(old.node) === JSON.stringify(node)) return [node.name, old];
        old?.api.close();
        return [node.name, open(node)];
      }),
    );
    for (const [name, old] of kept) if (!nodes.has(name)) old.api.close();
    secrets = next.nodes
      .flatMap(({ ssh, api }) => [
        ...[ssh, ...(ssh.via ?? [])].flatMap(({ password, privateKey }) => [password, privateKey]),
        ...[api.password, api.token, api.token?.split("=")[1]],
      ])
      .filter((secret) => secret !== undefined);
  }

  update(description);
  return {
    lab: description.lab,
    get nodes() {
      return [...nodes.values()];
    },
    get secrets() {
      return secrets;
    },
    update,
    close() {
      for (const { api } of nodes.values()) api.close();
    },
  };
}
