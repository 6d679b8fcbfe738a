/** Checks of the vote from outside. */
import { type Check, check, couldNotCheck, notYet, passed } from "./check.ts";
import { say } from "./messages.ts";
import { entryOf, unreachable, viewsOf, withoutCluster } from "./views.ts";

/** On each of `nodes` the qdevice is connected and casts its vote, by the node's own answer. */
export function qdeviceVoting({ nodes }: { nodes: readonly string[] }): Check {
  return check(
    ({ observation }) => {
      const expected = say("expected.qdevice", { nodes: [...nodes] });
      const views = viewsOf(observation, nodes);
      const alone = views.find(({ kind }) => kind === "alone");
      if (alone) return withoutCluster(alone, expected);
      const facts = nodes.map((node) => ({ node, fact: entryOf(observation, node)?.qdevice }));
      const evidence = facts.flatMap(({ node, fact }) =>
        fact?.read ? [{ node, source: "cluster/config/qdevice.State", value: fact.value?.state ?? null }] : [],
      );
      for (const { node, fact } of facts) {
        if (!fact?.read) continue;
        const seen = say("seen.qdevice", { node, state: fact.value?.state ?? "none" });
        if (fact.value === null) {
          // A node whose own daemon does not run says the same as one in a cluster without a device.
          const other = facts.find((one) => one.fact?.read && one.fact.value !== null)?.node;
          const message = other ? say("qdevice.not-running", { node, other }) : say("qdevice.none", { node });
          const next = other ? say("next.qdevice-start", { node }) : say("next.qdevice-setup", { node });
          return notYet(message, { seen, expected, next }, evidence);
        }
        if (!/^connected/i.test(fact.value.state)) {
          const next = say("next.qdevice-see", { node });
          return notYet(
            say("qdevice.not-connected", { node, state: fact.value.state }),
            { seen, expected, next },
            evidence,
          );
        }
        if (fact.value.castsVote === false) {
          const next = say("next.qdevice-see", { node });
          return notYet(say("qdevice.no-vote", { node }), { seen, expected, next }, evidence);
        }
      }
      const unknown = views.filter(({ kind }) => kind === "unknown");
      if (unknown.length > 0) return unreachable(unknown, expected, evidence);
      const unread = facts.find(({ fact }) => !fact?.read);
      if (unread) {
        const reason = unread.fact && !unread.fact.read ? unread.fact.trouble.reason : "it was not asked";
        const next = say("next.look-at-node", { nodes: [unread.node] });
        return couldNotCheck(say("qdevice.unread", { node: unread.node, reason }), next, evidence, { expected });
      }
      const silent = facts.find(({ fact }) => fact?.read && fact.value?.castsVote === undefined);
      if (silent) {
        const next = say("next.wait-and-check");
        return couldNotCheck(say("qdevice.vote-unclear", { node: silent.node }), next, evidence, { expected });
      }
      return passed(say("qdevice.voting", { nodes: [...nodes] }), evidence);
    },
    { qdevice: true },
  );
}
