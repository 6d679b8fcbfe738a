/**
 * Learning a node's new certificate after a join from what is trusted already: the cluster's own list.
 *
 * The other two ways are a `relearn` of the caller's own, over the node's SSH connection (its host key does not
 * change), and trust in the cluster's CA (`trustClusterCa`).
 */
import type { PveClient } from "./client.ts";
import type { Fingerprint } from "./fingerprint.ts";

/**
 * Ask other members of the cluster which certificate a node has, first answer wins.
 *
 * @param members clients whose own certificates are trusted
 * @throws PveError of the last member asked when none answers, Error when none knows a certificate of that node
 */
export async function certificatesFromCluster(members: PveClient[], node: string): Promise<Fingerprint[]> {
  let failure: unknown;
  for (const member of members) {
    try {
      const found = (await member.nodes()).find((entry) => entry.name === node)?.certSha256;
      if (found) return [found];
    } catch (error) {
      failure = error;
    }
  }
  throw failure ?? new Error(`no member of the cluster knows a certificate of ${node}`);
}
