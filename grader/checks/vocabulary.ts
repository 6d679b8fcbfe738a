/** The checks an author can compose, for `docs/authoring.md`; a test holds this list, the code and the document together. */

export interface VocabularyEntry {
  name: string;
  /** File under `grader/checks/`. */
  file: "cluster.ts" | "membership.ts" | "agreement.ts" | "presence.ts" | "quorum.ts" | "resources.ts";
  parameters: string;
  kind: "state" | "event" | "return";
  /** When it has passed. */
  passes: string;
}

export const vocabulary: VocabularyEntry[] = [
  {
    name: "clusterNamed",
    file: "cluster.ts",
    parameters: "{ on, name }",
    kind: "state",
    passes: "Node `on` says that it is in a cluster called `name`.",
  },
  {
    name: "createdAfterBaseline",
    file: "cluster.ts",
    parameters: "{ on, name }",
    kind: "event",
    passes: "The cluster that `on` is in came to be after the baseline; `name` is only used in the next move.",
  },
  {
    name: "nodeIsMember",
    file: "membership.ts",
    parameters: "{ node, of }",
    kind: "state",
    passes: "`node` and `of` list each other in one cluster, `of` sees `node` online, `node` is quorate.",
  },
  {
    name: "hasMembers",
    file: "membership.ts",
    parameters: "{ on, members }",
    kind: "state",
    passes: "The cluster that `on` is in has exactly these members, all of them online.",
  },
  {
    name: "joinedAfterBaseline",
    file: "membership.ts",
    parameters: "{ node, of }",
    kind: "event",
    passes: "`node` came into the cluster of `of` after the baseline, by its tasks or by the change.",
  },
  {
    name: "membersAgree",
    file: "agreement.ts",
    parameters: "{ nodes }",
    kind: "state",
    passes: "All `nodes` give one answer: cluster, members, version of the configuration, everybody online.",
  },
  {
    name: "isQuorate",
    file: "agreement.ts",
    parameters: "{ nodes }",
    kind: "state",
    passes: "Each of `nodes` says of itself that it is quorate, all in one cluster.",
  },
  {
    name: "votes",
    file: "agreement.ts",
    parameters: "{ on, expected }",
    kind: "state",
    passes: "The configuration of the cluster that `on` is in has `expected` votes in all.",
  },
  {
    name: "nodeOffline",
    file: "presence.ts",
    parameters: "{ node, seenBy }",
    kind: "state",
    passes: "`seenBy` lists `node` as a member of its cluster that is not online.",
  },
  {
    name: "nodeSilent",
    file: "presence.ts",
    parameters: "{ node, whileAnswers }",
    kind: "state",
    passes: "`node` gives no answer, while `whileAnswers` does.",
  },
  {
    name: "nodeBack",
    file: "presence.ts",
    parameters: "{ node, after }",
    kind: "return",
    passes: "`node` answers, and was seen silent since the baseline (or the step `after` has passed).",
  },
  {
    name: "quorateWithout",
    file: "quorum.ts",
    parameters: "{ nodes, without }",
    kind: "state",
    passes: "Each of `nodes` says that it is quorate and does not see `without` online.",
  },
  {
    name: "notQuorate",
    file: "quorum.ts",
    parameters: "{ on }",
    kind: "state",
    passes: "`on` is in a cluster and says of itself that it is not quorate.",
  },
  {
    name: "quorateByForce",
    file: "quorum.ts",
    parameters: "{ on }",
    kind: "state",
    passes: "`on` is quorate although it sees no other member online: the expected votes were lowered.",
  },
  {
    name: "restoredToHealth",
    file: "quorum.ts",
    parameters: "{ nodes, after }",
    kind: "return",
    passes:
      "One of `nodes` was seen without quorum since the baseline (or the step `after` has passed); now all agree, are online and quorate.",
  },
  {
    name: "storageListed",
    file: "resources.ts",
    parameters: "{ storage, nodes }",
    kind: "state",
    passes: "Each of `nodes` lists the storage as its own.",
  },
  {
    name: "guestOn",
    file: "resources.ts",
    parameters: "{ vmid, on, seenBy }",
    kind: "state",
    passes: "Each of `seenBy` lists the machine `vmid`, and it belongs to the node `on`.",
  },
];

/** The table of `docs/authoring.md`. */
export function vocabularyTable(): string {
  const rows = vocabulary.map(
    ({ name, file, parameters, kind, passes }) => `| \`${name}(${parameters})\` | \`${file}\` | ${kind} | ${passes} |`,
  );
  return ["| check | in `grader/checks/` | kind | passed when |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
