import { describe, expect, it } from "vitest";
import { judgePartition, NODES_MAX, type Partition, partitionInWords, type Side, wholeCluster } from "./partition.ts";

function cut(sides: string, votes: number[] = [], rest: Partial<Partition> = {}): Partition {
  const words: Record<string, Side> = { l: "left", r: "right", "-": "off" };
  const nodes = [...sides].map((side, at) => ({ name: `pve${at + 1}`, votes: votes[at] ?? 1, side: words[side]! }));
  return { nodes, twoNode: false, qdevice: "none", ...rest };
}
const goOn = (partition: Partition) =>
  judgePartition(partition)
    .sides.filter(({ quorate }) => quorate)
    .map(({ side }) => side);

describe("who may go on", () => {
  it("needs more than half of the expected votes", () => {
    const quorums = Array.from({ length: NODES_MAX }, (_, at) => judgePartition(wholeCluster(at + 1)).quorum);
    expect(quorums).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });

  it("is the larger side, and neither half of an even split", () => {
    expect([goOn(cut("llr")), goOn(cut("lrr")), goOn(cut("lr")), goOn(cut("llrr"))]).toEqual([
      ["left"],
      ["right"],
      [],
      [],
    ]);
  });

  it("is never both sides without two_node, whatever the votes and the cut", () => {
    for (let count = 1; count <= 6; count++) {
      for (let code = 0; code < 3 ** count; code++) {
        const sides = Array.from({ length: count }, (_, at) => "lr-"[Math.floor(code / 3 ** at) % 3]).join("");
        for (const qdevice of ["none", "left", "right", "unreachable"] as const) {
          const verdict = judgePartition(cut(sides, [2, 1, 3, 1, 0, 1], { qdevice }));
          expect(verdict.outcome, `${sides} ${qdevice}`).not.toBe("split");
        }
      }
    }
  });

  it("counts the votes of nodes that are off as expected", () => {
    expect(judgePartition(cut("l--"))).toMatchObject({ expected: 3, quorum: 2, outcome: "nobody-goes-on" });
    expect(goOn(cut("ll-"))).toEqual(["left"]);
  });

  it("is the node with two votes when one node has one", () => {
    expect(goOn(cut("lr", [2, 1]))).toEqual(["left"]);
    expect(goOn(cut("-r", [2, 1]))).toEqual([]);
  });

  it("is both sides of two nodes with two_node, and two_node changes nothing for three", () => {
    expect(judgePartition(cut("lr", [], { twoNode: true })).outcome).toBe("split");
    expect(goOn(cut("lrr", [], { twoNode: true }))).toEqual(["right"]);
  });

  it("is the half that the QDevice is with, and nobody when it is cut off in the middle", () => {
    expect(goOn(cut("lr", [], { qdevice: "right" }))).toEqual(["right"]);
    expect(goOn(cut("l-", [], { qdevice: "left" }))).toEqual(["left"]);
    expect(goOn(cut("lr", [], { qdevice: "unreachable" }))).toEqual([]);
  });

  it("is one node with the QDevice against two without it, when a QDevice is forced upon three", () => {
    expect(judgePartition(cut("llr", [], { qdevice: "right" }))).toMatchObject({ expected: 5, quorum: 3 });
    expect(goOn(cut("llr", [], { qdevice: "right" }))).toEqual(["right"]);
    expect(goOn(cut("ll-", [], { qdevice: "unreachable" }))).toEqual([]);
    expect(goOn(cut("l--", [], { qdevice: "left" }))).toEqual(["left"]);
    expect(judgePartition(cut("l", [], { qdevice: "left" }))).toMatchObject({ expected: 1, quorum: 1 });
  });

  it("is told in words", () => {
    expect(partitionInWords(judgePartition(cut("llr")))).toBe(
      "3 votes are expected, 2 needed. The left side (pve1, pve2) has 2 of 3 votes and goes on. The right side (pve3) has 1 of 3 votes and stops.",
    );
    expect(partitionInWords(judgePartition(cut("--")))).toMatch(/No node is running\. Nobody can go on\.$/);
    expect(partitionInWords(judgePartition(cut("lr", [], { twoNode: true })))).toMatch(/split brain\.$/);
  });
});
