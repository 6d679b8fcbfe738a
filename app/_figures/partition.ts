/**
 * Which side of a cut network may go on: the arithmetic of votequorum, for the figure and without a lab.
 *
 * @source votequorum(5); recorded: quorum = floor(expected / 2) + 1 and "quorate iff total >= quorum" in all of the
 * recorded states; `two_node` 1 | 1 leaves both quorate; a QDevice votes for one side only, with one vote (ffsplit), or
 * with one less than there are nodes when `pvecm qdevice setup` is forced upon an odd number of them (lms).
 */

/** Sides a node can be on; `off` nodes are on none, and their votes count all the same. */
export type Side = "left" | "right" | "off";

export interface Partition {
  nodes: { name: string; votes: number; side: Side }[];
  /** `two_node: 1`. Only with two nodes of one vote each; else it is without effect. */
  twoNode: boolean;
  /** Which side a QDevice votes for, if any. */
  qdevice: "none" | "left" | "right" | "unreachable";
}

export interface SideVerdict {
  side: "left" | "right";
  nodes: string[];
  votes: number;
  /** The QDevice's votes are among `votes`. */
  withQdevice: boolean;
  quorate: boolean;
}

export interface PartitionVerdict {
  expected: number;
  quorum: number;
  sides: SideVerdict[];
  /** `split`: both go on. That must never be. */
  outcome: "one-goes-on" | "nobody-goes-on" | "split";
}

export const NODES_MAX = 9;
export const VOTES_MAX = 3;

/** So many nodes with one vote each, all on the left. */
export function wholeCluster(count: number): Partition {
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: `pve${index + 1}`,
    votes: 1,
    side: "left" as const,
  }));
  return { nodes, twoNode: false, qdevice: "none" };
}

/** Whether `two_node` means anything here: votequorum refuses it for other clusters. */
export function canBeTwoNode({ nodes }: Pick<Partition, "nodes">): boolean {
  return nodes.length === 2 && nodes.every(({ votes }) => votes === 1);
}

/** The votes that `pvecm qdevice setup` gives the device. One node alone gets none: it has nobody to be cut from. */
export function qdeviceVotes(nodes: number): number {
  return nodes % 2 === 0 ? 1 : nodes - 1;
}

export function judgePartition({ nodes, twoNode, qdevice }: Partition): PartitionVerdict {
  const deviceVotes = qdevice === "none" ? 0 : qdeviceVotes(nodes.length);
  const expected = nodes.reduce((sum, { votes }) => sum + votes, 0) + deviceVotes;
  const two = twoNode && qdevice === "none" && canBeTwoNode({ nodes });
  const quorum = two ? 1 : Math.floor(expected / 2) + 1;
  const sides = (["left", "right"] as const).map((side): SideVerdict => {
    const here = nodes.filter((node) => node.side === side);
    const withQdevice = qdevice === side && here.length > 0 && deviceVotes > 0;
    const votes = here.reduce((sum, node) => sum + node.votes, 0) + (withQdevice ? deviceVotes : 0);
    const names = here.map(({ name }) => name);
    return { side, nodes: names, votes, withQdevice, quorate: here.length > 0 && votes >= quorum };
  });
  const goOn = sides.filter(({ quorate }) => quorate).length;
  return { expected, quorum, sides, outcome: goOn === 2 ? "split" : goOn === 1 ? "one-goes-on" : "nobody-goes-on" };
}

/** The same in a few sentences, for whoever cannot see the drawing. */
export function partitionInWords(verdict: PartitionVerdict): string {
  const { expected, quorum, outcome } = verdict;
  const sides = verdict.sides
    .filter(({ nodes }) => nodes.length > 0)
    .map(({ side, nodes, votes, withQdevice, quorate }) => {
      const who = `${nodes.join(", ")}${withQdevice ? " and the QDevice" : ""}`;
      return `The ${side} side (${who}) has ${votes} of ${expected} votes and ${quorate ? "goes on" : "stops"}.`;
    });
  const end = {
    "one-goes-on": "",
    "nobody-goes-on": " Nobody can go on.",
    split: " Both sides go on: this is a split brain.",
  }[outcome];
  const none = sides.length === 0 ? ["No node is running."] : sides;
  return `${expected} ${expected === 1 ? "vote is" : "votes are"} expected, ${quorum} needed. ${none.join(" ")}${end}`;
}
