/** What pvecm and corosync's tools said on clusters of pve-cluster 8.1.3 and corosync 3.1.7, typed again in the same order. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { act } from "../../cluster/stepping.ts";
import {
  clusterOf,
  createCluster,
  freshLab,
  ROOT_PASSWORD,
  run,
  runUntilTaskEnds,
} from "../../cluster/testing/lab-steps.ts";
import { shellStreams } from "../testing/shell-line.ts";

type Recorded =
  /** Both streams in one pipe: what a program held back of its standard output comes behind the other. */
  | { node: number; line: string; exit: number; output: string }
  /** What corosync of a node said since the one before, of what reloads and ends it; its logger loses lines. */
  | { node: number; journal: string[] };

interface Recording {
  file: string;
  nodes: number;
  /** Lines that the model answers otherwise, and why. */
  different: Record<string, string>;
}

const RECORDINGS: Recording[] = [
  // A used node id is taken; corosync refuses the file, and the removal ends the member that has the id.
  { file: "pvecm-used-node-id.json", nodes: 3, different: {} },
  // Refusals, arguments of the wrong kind, keys; on the way two used node ids.
  { file: "pvecm-three-nodes.json", nodes: 3, different: {} },
];

/** After a line that changes who is there or what is configured: until nobody says anything more. */
const CHANGES = /addnode|delnode|-k \d|expected/;

for (const { file, nodes, different } of RECORDINGS) {
  const recorded: Recorded[] = JSON.parse(
    readFileSync(new URL(`../../recordings/pve/${file}`, import.meta.url), "utf8"),
  );
  describe(file, () => {
    const lab = clusterOf(nodes);
    const told: Record<string, number> = {};
    for (const [node, { journal }] of Object.entries(lab.nodes)) told[node] = journal.length;
    const unequal = new Set<string>();
    recorded.forEach((one, index) => {
      const node = `pve${one.node}`;
      if ("journal" in one) {
        it(`${index}: what ${node}'s corosync says`, () => {
          const lines = lab.nodes[node]!.journal.slice(told[node]).map(({ text }) => text.trim());
          told[node] = lab.nodes[node]!.journal.length;
          expect(lines).toEqual(expect.arrayContaining(one.journal.map(local)));
        });
        return;
      }
      it(`${index}: ${node}# ${one.line}`, async () => {
        const { stdout, stderr, exit } = await shellStreams(lab, node, local(one.line));
        if (CHANGES.test(one.line)) run(lab, 9_000);
        const expected = { output: drawn(local(one.output)), exit: one.exit };
        const flushed = drawn(stdout + stderr) === expected.output;
        const given = { output: drawn(flushed ? stdout + stderr : stderr + stdout), exit };
        if (!(one.line in different)) expect(given).toEqual(expected);
        else if (JSON.stringify(given) !== JSON.stringify(expected)) unequal.add(one.line);
      });
    });
    afterAll(() => expect(Object.keys(different).filter((line) => !unequal.has(line))).toEqual([]));
  });
}

/** The recorded nodes had other addresses. */
function local(text: string): string {
  return text.replaceAll("10.77.0.", "10.99.7.").replaceAll("10.88.0.", "10.98.7.");
}

/** What is another one each time: instants, ring ids, process ids; and how often the file was written before. */
function drawn(text: string): string {
  return text
    .replace(/tmp\.\d+/g, "tmp.N")
    .replace(/^\w{3} \d\d [\d:.]+ (?=error)/gm, "")
    .replace(/^(Date|Ring ID|Config Version): .*$/gm, "$1: DRAWN");
}

describe("a node that joins with the id of another", () => {
  it("is taken by the cluster, and its corosync does not start", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const fingerprint = lab.pki.nodes.pve1!.fingerprint;
    const parameters = { host: "10.99.7.11", password: ROOT_PASSWORD, fingerprint, nodeId: 1 };
    const { upid } = act(lab, "cluster/join", { node: "pve2", program: "pvecm", ...parameters });
    const task = runUntilTaskEnds(lab, "pve2", upid);
    expect(task.exitStatus).toMatch(
      /^starting pve-cluster failed: command 'systemctl start corosync pve-cluster' failed/,
    );
    expect(task.output).toContain("Join request OK, finishing setup locally\n");
    expect(task.output).toContain("Job for corosync.service failed because the control process exited");
    expect(lab.nodes.pve2!.journal.map(({ text }) => text.trim())).toContain(
      "[MAIN  ] Nodeid 1 appears twice in corosync.conf",
    );
    expect(lab.nodes.pve1!.corosync.daemon?.config.nodes.map(({ name }) => name)).toEqual(["pve1"]);
  });

  it("an entry that is there is written again with --force, as it is and not otherwise", async () => {
    const lab = clusterOf(2);
    const add = (words: string) =>
      shellStreams(lab, "pve1", `pvecm addnode pve2 --new_node_ip 10.99.7.12 ${words}`).then(
        ({ stdout, stderr, exit }) => [stdout + stderr, exit],
      );
    const refused = ["can't add existing node 'pve2'\n", 255];
    expect(await add("")).toEqual(refused);
    expect(await add("--force 1 --nodeid 1")).toEqual(refused);
    expect(await add("--force 1 --votes 3")).toEqual(refused);
    expect(await add("--force 1")).toEqual(["forcing overwrite of configured node 'pve2'\n", 0]);
    expect(await add("--force 1 --nodeid 2 --votes 1")).toEqual(["forcing overwrite of configured node 'pve2'\n", 0]);
  });
});
