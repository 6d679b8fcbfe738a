/** The checks an author can compose, for `docs/authoring.md`; a test holds this list, the code and the document together. */

export interface VocabularyEntry {
  name: string;
  /** File under `grader/checks/`. */
  file: "cluster.ts" | "membership.ts" | "agreement.ts";
  parameters: string;
  kind: "state" | "event";
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
];

/** The table of `docs/authoring.md`. */
export function vocabularyTable(): string {
  const rows = vocabulary.map(
    ({ name, file, parameters, kind, passes }) => `| \`${name}(${parameters})\` | \`${file}\` | ${kind} | ${passes} |`,
  );
  return ["| check | in `grader/checks/` | kind | passed when |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
