/** Checks of what the nodes say together: one cluster, quorate everywhere, so many votes. */
import { type Check, check, couldNotCheck, notYet, passed } from "./check.ts";
import { say } from "./messages.ts";
import {
  entryOf,
  evidenceOf,
  type MemberView,
  sameCluster,
  seenOf,
  unreachable,
  type View,
  viewOf,
  viewsOf,
} from "./views.ts";

/** How the text has its learner separate nodes: what is done next is said in its terms. Plugs, unless it says cables. */
export type Separation = "plugs" | "cables";

/**
 * Every node gives the same answer: cluster, members, version of the configuration, everybody online.
 *
 * @param what.by how the text had nodes separated: cables that are still out are the next move then
 */
export function membersAgree({ nodes, by = "plugs" }: { nodes: readonly string[]; by?: Separation }): Check {
  return check((context) => {
    const expected = say("expected.agree", { nodes: [...nodes] });
    const { members, alone, unknown, evidence } = sorted(viewsOf(context.observation, nodes));
    const fails = (message: ReturnType<typeof say>, view: View) =>
      notYet(message, { seen: seenOf(view), expected, next: say("next.see-status", { node: view.node }) }, evidence);
    if (alone.length > 0) return fails(say("agree.alone", { nodes: alone.map(({ node }) => node) }), alone[0]!);
    const first = members[0];
    if (first) {
      const same = (a: string[], b: string[]) => a.join(" ") === b.join(" ");
      const names = [...new Set(members.map(({ name }) => name))];
      const strangers = members.filter((view) => members.some((other) => !view.members.includes(other.node)));
      if (names.length > 1) {
        return fails(say("agree.cluster-differs", { nodes: members.map(({ node }) => node), names }), members.at(-1)!);
      }
      const other = members.find((view) => !same(view.members, first.members)) ?? strangers[0];
      if (other) {
        const told = { node: first.node, seen: first.members, other: other.node, otherSeen: other.members };
        return fails(say("agree.members-differ", told), other);
      }
      const older = members.find((view) => view.configVersion !== first.configVersion);
      if (older) {
        const [node, version] = [first.node, first.configVersion];
        const told = { node, version, other: older.node, otherVersion: older.configVersion };
        return fails(say("agree.version-differs", told), older);
      }
      // A member that does not answer us may be offline for the others, too: then nobody is wrong.
      const silent = new Set(unknown.map(({ node }) => node));
      for (const view of members) {
        const offline = view.members.filter((name) => !view.online.includes(name) && !silent.has(name));
        if (offline.length === 0) continue;
        const verdict = fails(say("agree.online-differs", { node: view.node, offline }), view);
        return by === "cables"
          ? { ...verdict, next: say("next.cables-back", { nodes: offline, node: view.node }) }
          : verdict;
      }
    }
    if (unknown.length > 0) return unreachable(unknown, expected, members.flatMap(evidenceOf));
    return passed(say("agree.all", { nodes: [...nodes], name: first?.name ?? "" }), evidence);
  });
}

/** Every one of these nodes says of itself that it is quorate, all in one cluster. */
export function isQuorate({ nodes }: { nodes: readonly string[] }): Check {
  return check((context) => {
    const expected = say("expected.quorate", { nodes: [...nodes] });
    const { members, alone, unknown, evidence } = sorted(viewsOf(context.observation, nodes));
    const names = (views: { node: string }[]) => views.map(({ node }) => node);
    const no = members.filter(({ quorate }) => !quorate);
    const seen = say("seen.quorate", {
      yes: names(members.filter(({ quorate }) => quorate)),
      no: names([...no, ...alone]),
    });
    if (no.length > 0) {
      const next = say("next.see-status", { node: no[0]!.node });
      return notYet(say("quorate.lost", { nodes: names(no) }), { seen, expected, next }, evidence);
    }
    if (alone.length > 0) {
      const next = say("next.see-status", { node: alone[0]!.node });
      return notYet(say("quorate.alone", { nodes: names(alone) }), { seen, expected, next }, evidence);
    }
    const [first, ...others] = members;
    const apart = first && others.find((view) => !sameCluster(first, view));
    if (apart) {
      const together = members.filter((view) => view !== apart && !sameCluster(view, apart));
      const told = { seen: seenOf(apart), expected, next: say("next.see-status", { node: apart.node }) };
      return notYet(say("quorate.apart", { nodes: names(together), other: apart.node }), told, evidence);
    }
    if (unknown.length > 0) return unreachable(unknown, expected, members.flatMap(evidenceOf));
    return passed(say("quorate.all", { nodes: [...nodes] }), evidence);
  });
}

/**
 * The nodes of the cluster that `on` is in have so many votes; more than half of them are needed.
 *
 * @param options.nobodyElse no node may know a QDevice: the configuration that the API shows does not count its votes
 */
export function votes(options: { on: string; expected: number; nobodyElse?: boolean }): Check {
  const { on, expected: wanted, nobodyElse = false } = options;
  const needs = nobodyElse ? { qdevice: true } : {};
  return check((context) => {
    const needed = Math.floor(wanted / 2) + 1;
    const expected = say("expected.votes", { votes: wanted, needed });
    const own = viewOf(context.observation, on);
    if (own.kind === "alone") {
      const told = { seen: seenOf(own), expected, next: say("next.create-first", { of: on }) };
      return notYet(say("votes.none", { node: on }), told, evidenceOf(own));
    }
    const told = context.observation.nodes
      .map((node) => viewOf(context.observation, node.name))
      .filter((view): view is MemberView => view.kind === "member" && view.members.includes(on))
      .sort((a, b) => Number(b.node === on) - Number(a.node === on));
    let unasked: View | undefined;
    for (const view of told) {
      if (view.node !== on && !view.quorate) continue;
      const config = entryOf(context.observation, view.node)?.configNodes;
      if (!config?.read) continue;
      const total = config.value.reduce((sum, node) => sum + node.votes, 0);
      const evidence = config.value.map((node) => ({
        node: view.node,
        source: `cluster/config/nodes.${node.name}.quorum_votes`,
        value: node.votes,
      }));
      if (total === wanted) {
        const asked = nobodyElse ? told.filter(({ quorate }) => quorate) : [];
        const facts = asked.map(({ node }) => ({ node, fact: entryOf(context.observation, node)?.qdevice }));
        const device = facts.find(({ fact }) => fact?.read && fact.value !== null);
        if (device?.fact?.read) {
          const { node, fact } = device;
          const seen = say("seen.qdevice", { node, state: fact.value?.state ?? "" });
          const next = say("next.qdevice-remove", { node });
          const source = "cluster/config/qdevice.State";
          const said = [...evidence, { node, source, value: fact.value?.state ?? null }];
          return notYet(say("votes.device", { node }), { seen, expected, next }, said);
        }
        if (!nobodyElse || facts.some(({ fact }) => fact?.read)) {
          return passed(say("votes.as-expected", { votes: total, needed }), evidence);
        }
        unasked ??= view;
        continue;
      }
      const next = say("next.see-status", { node: view.node });
      const seen = say("seen.votes", { votes: total });
      return notYet(say("votes.other", { votes: total, expected: wanted, needed }), { seen, expected, next }, evidence);
    }
    if (unasked) {
      const fact = entryOf(context.observation, unasked.node)?.qdevice;
      const reason = fact && !fact.read ? fact.trouble.reason : "it was not asked";
      const next = say("next.look-at-node", { nodes: [unasked.node] });
      return couldNotCheck(say("qdevice.unread", { node: unasked.node, reason }), next, evidenceOf(unasked), {
        expected,
      });
    }
    return unreachable([own], expected);
  }, needs);
}

function sorted(views: View[]) {
  return {
    members: views.filter((view): view is MemberView => view.kind === "member"),
    alone: views.filter((view) => view.kind === "alone"),
    unknown: views.filter((view) => view.kind === "unknown"),
    evidence: views.flatMap(evidenceOf),
  };
}
