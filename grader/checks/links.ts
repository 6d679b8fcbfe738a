/** Checks of corosync's links: how many the configuration gives each node, and whether they work. */
import type { ConfigNodeSeen, Observation } from "../observation.ts";
import { type Check, check, couldNotCheck, notYet, passed } from "./check.ts";
import { say } from "./messages.ts";
import { entryOf, evidenceOf, unreachable, viewOf, viewsOf, withoutCluster } from "./views.ts";

/** Every member has an address on at least `links` links, and over each link every one of `nodes` hears all others. */
export function linksRedundant({ nodes, links = 2 }: { nodes: readonly string[]; links?: number }): Check {
  return check(
    ({ observation }) => {
      const expected = say("expected.links", { links, nodes: [...nodes] });
      const views = viewsOf(observation, nodes);
      const alone = views.find(({ kind }) => kind === "alone");
      if (alone) return withoutCluster(alone, expected);
      const configured = nodes
        .map((node) => entryOf(observation, node)?.configNodes)
        .find((fact) => fact?.read === true);
      const unknown = views.filter(({ kind }) => kind === "unknown");
      if (!configured?.read) return unreachable(unknown.length > 0 ? unknown : views, expected);
      const addresses = configured.value.map((entry) => ({ node: entry.name, links: Object.keys(entry.links ?? {}) }));
      const evidence = configured.value.map((entry) => ({
        node: entry.name,
        source: "cluster/config/nodes ring addresses",
        value: Object.entries(entry.links ?? {})
          .map(([link, address]) => `${link}: ${address}`)
          .join(", "),
      }));
      const few = addresses.find((entry) => entry.links.length < links);
      if (few) {
        const seen = say("seen.links", { node: few.node, links: few.links.length });
        const next = say("next.add-link", { node: few.node });
        const message = say("links.few", { node: few.node, links: few.links.length, expected: links });
        return notYet(message, { seen, expected, next }, evidence);
      }
      for (const { node } of views) {
        const fact = entryOf(observation, node)?.links;
        if (!fact?.read) continue;
        const names = new Map(configured.value.map(({ nodeId, name }) => [nodeId, name]));
        const down = fact.value.find((link) => !link.connected);
        // One that is up between addresses which the file does not say any more does what is asked.
        const stale = down && fromAnotherAddress(observation, nodes, configured.value, down.link);
        if (stale) {
          const { configured: address, ...used } = stale;
          const next = say("next.recreate-link", { link: stale.link });
          const message = say("links.other-address", { ...used, configured: address });
          return notYet(message, { seen: say("seen.link-address", used), expected, next }, evidence);
        }
        const present = new Set(fact.value.map(({ link }) => link));
        if (down) {
          const told = { node, link: down.link, other: names.get(down.nodeId) ?? String(down.nodeId) };
          const next = say("next.compare-link-addresses", { node });
          return notYet(say("links.down", told), { seen: say("seen.link-down", told), expected, next }, evidence);
        }
        if (configured.value.length > 1 && present.size < links) {
          const seen = say("seen.links", { node, links: present.size });
          const message = say("links.not-loaded", { node, links: present.size, expected: links });
          return notYet(message, { seen, expected, next: say("next.reload-corosync", { node }) }, evidence);
        }
      }
      if (unknown.length > 0) return unreachable(unknown, expected, evidence);
      const unread = nodes.find((node) => !entryOf(observation, node)?.links?.read);
      if (unread !== undefined) return linksUnread(observation, unread, expected, evidence);
      return passed(say("links.redundant", { nodes: [...nodes], links }), evidence);
    },
    { links: true },
  );
}

const IP_ADDRESS = /^[\d.]+$|:/;

/** A node whose corosync uses another address on a link than the file says: a running link keeps its own at a reload. */
function fromAnotherAddress(
  observation: Observation,
  nodes: readonly string[],
  configured: readonly ConfigNodeSeen[],
  link: number,
) {
  for (const node of nodes) {
    const fact = entryOf(observation, node)?.links;
    const used = fact?.read ? fact.value.find((one) => one.link === link)?.ownAddress : undefined;
    const address = configured.find(({ name }) => name === node)?.links?.[String(link)];
    // A name may stand there, of which this does not know the address.
    if (used === undefined || address === undefined || !IP_ADDRESS.test(address)) continue;
    if (address !== used) return { node, link, used, configured: address };
  }
  return undefined;
}

/** Over this link `on` hears nobody: its cable is out. */
export function linkDown({ on, link }: { on: string; link: number }): Check {
  return check(
    ({ observation }) => {
      const expected = say("expected.link-down", { node: on, link });
      const view = viewOf(observation, on);
      if (view.kind === "unknown") return unreachable([view], expected);
      if (view.kind === "alone") return withoutCluster(view, expected);
      const fact = entryOf(observation, on)?.links;
      if (!fact?.read) return linksUnread(observation, on, expected, evidenceOf(view));
      const peers = fact.value.filter((one) => one.link === link);
      const evidence = peers.map(({ nodeId, connected }) => ({
        node: on,
        source: `link ${link} to node ${nodeId}`,
        value: connected ? "connected" : "disconnected",
      }));
      if (peers.length === 0) {
        const seen = say("seen.links", { node: on, links: new Set(fact.value.map((one) => one.link)).size });
        const next = say("next.add-link", { node: on });
        return notYet(say("links.no-such", { node: on, link }), { seen, expected, next }, evidence);
      }
      if (peers.some(({ connected }) => connected)) {
        const seen = say("seen.link-up", { node: on, link });
        const next = say("next.pull-cable", { node: on, link });
        return notYet(say("links.still-up", { node: on, link }), { seen, expected, next }, evidence);
      }
      return passed(say("links.is-down", { node: on, link }), evidence);
    },
    { links: true },
  );
}

function linksUnread(
  observation: Parameters<typeof entryOf>[0],
  node: string,
  expected: Parameters<typeof unreachable>[1],
  evidence: Parameters<typeof passed>[1],
) {
  const fact = entryOf(observation, node)?.links;
  const reason = fact && !fact.read ? fact.trouble.reason : "it was not asked";
  return couldNotCheck(say("links.unread", { node, reason }), say("next.see-links", { node }), evidence, { expected });
}
