"use client";

/** Nodes with votes on two sides of a cut: who may go on, as the learner chooses it. */
import { useId, useState } from "react";
import {
  canBeTwoNode,
  judgePartition,
  NODES_MAX,
  type Partition,
  partitionInWords,
  qdeviceVotes,
  type Side,
  type SideVerdict,
  VOTES_MAX,
  wholeCluster,
} from "./partition.ts";

/** What the figure shows before anybody touches it, and on paper: three nodes, one of them cut off. */
const beginning: Partition = withSides(wholeCluster(3), ["left", "left", "right"]);

export function PartitionExplorer() {
  const id = useId();
  const [partition, setPartition] = useState(beginning);
  const verdict = judgePartition(partition);
  const change = (part: Partial<Partition>) => setPartition((now) => ({ ...now, ...part }));
  const changeNode = (at: number, part: Partial<Partition["nodes"][number]>) =>
    change({ nodes: partition.nodes.map((node, index) => (index === at ? { ...node, ...part } : node)) });

  return (
    <figure className="my-6 break-inside-avoid border-y border-rule py-4 text-ui" aria-labelledby={`${id}-title`}>
      <p id={`${id}-title`} className="!mt-0 font-semibold">
        Who may go on?
      </p>
      <Drawing partition={partition} sides={verdict.sides} />
      <p role="status" className="max-w-[60ch]">
        <strong className={colours[verdict.outcome]}>{headlines[verdict.outcome]}</strong> {partitionInWords(verdict)}
      </p>

      <div className="no-print">
        <label className="mt-3 flex flex-wrap items-center gap-3" htmlFor={`${id}-count`}>
          Nodes
          <input
            id={`${id}-count`}
            type="range"
            className="accent-accent"
            min={1}
            max={NODES_MAX}
            value={partition.nodes.length}
            onChange={(event) => change({ nodes: resized(partition.nodes, event.currentTarget.valueAsNumber) })}
          />
          <span className="font-mono">{partition.nodes.length}</span>
        </label>

        <div className="mt-3 overflow-x-auto">
          <table>
            <thead>
              <tr>
                <th scope="col">node</th>
                <th scope="col">votes</th>
                <th scope="col">where</th>
              </tr>
            </thead>
            <tbody>
              {partition.nodes.map(({ name, votes, side }, at) => (
                <tr key={name}>
                  <th scope="row" className="font-mono font-normal">
                    {name}
                  </th>
                  <td>
                    <select
                      aria-label={`Votes of ${name}`}
                      className="button"
                      value={votes}
                      onChange={(event) => changeNode(at, { votes: Number(event.currentTarget.value) })}
                    >
                      {Array.from({ length: VOTES_MAX + 1 }, (_, value) => value).map((value) => (
                        <option key={value}>{value}</option>
                      ))}
                    </select>
                  </td>
                  <td>
                    <select
                      aria-label={`Where ${name} is`}
                      className="button"
                      value={side}
                      onChange={(event) => changeNode(at, { side: event.currentTarget.value as Side })}
                    >
                      <option value="left">left of the cut</option>
                      <option value="right">right of the cut</option>
                      <option value="off">switched off</option>
                    </select>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>

        <div className="mt-3 flex flex-wrap items-center gap-x-6 gap-y-2">
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              className="accent-accent"
              checked={partition.twoNode && canBeTwoNode(partition)}
              disabled={!canBeTwoNode(partition) || partition.qdevice !== "none"}
              onChange={(event) => change({ twoNode: event.currentTarget.checked })}
            />
            two_node (two nodes only)
          </label>
          <label className="flex items-center gap-2" htmlFor={`${id}-qdevice`}>
            QDevice
            <select
              id={`${id}-qdevice`}
              className="button"
              disabled={partition.nodes.length === 1}
              value={partition.nodes.length === 1 ? "none" : partition.qdevice}
              onChange={(event) => change({ qdevice: event.currentTarget.value as Partition["qdevice"] })}
            >
              <option value="none">none</option>
              <option value="left">votes for the left</option>
              <option value="right">votes for the right</option>
              <option value="unreachable">cannot be reached</option>
            </select>
          </label>
          <button type="button" className="button" onClick={() => setPartition(beginning)}>
            Begin again
          </button>
        </div>
      </div>
      <figcaption className="mt-3 text-small text-quiet">
        A cut separates the nodes on the left from those on the right. A node that is switched off is on neither side,
        but its votes are still expected. The figure counts as corosync does; two_node assumes that both nodes have seen
        each other before the cut. A QDevice has one vote with an even number of nodes. With an odd number Proxmox VE
        refuses it; when forced, it gets one vote less than there are nodes, and that is what the figure counts.
      </figcaption>
    </figure>
  );
}

const headlines = {
  "one-goes-on": "One side goes on.",
  "nobody-goes-on": "Everything stops.",
  split: "Split brain!",
};
const colours = { "one-goes-on": "text-passed", "nobody-goes-on": "text-notyet", split: "text-notyet" };

const WIDTH = 352;
const ROW = 34;

/** Left and right of a dashed line; filled votes go on, empty ones have stopped; what is dotted is off or out of reach. */
function Drawing({ partition, sides }: { partition: Partition; sides: SideVerdict[] }) {
  const columns = { left: 0, right: 0, off: 0 };
  const device = partition.nodes.length === 1 ? "none" : partition.qdevice;
  const voters = [
    ...partition.nodes,
    ...(device === "none"
      ? []
      : [
          {
            name: "QDevice",
            votes: qdeviceVotes(partition.nodes.length),
            side: device === "unreachable" ? ("off" as const) : device,
          },
        ]),
  ];
  const placed = voters.map((voter) => ({ ...voter, row: columns[voter.side]++ }));
  const height = Math.max(2, columns.left, columns.right, columns.off) * ROW + 34;
  const quorate = { left: sides[0]?.quorate === true, right: sides[1]?.quorate === true, off: false };
  return (
    <svg viewBox={`0 0 ${WIDTH} ${height}`} className="my-3 w-full max-w-md" aria-hidden="true" fill="none">
      <path d={`M132 4V${height - 4}`} stroke="var(--notyet)" strokeWidth="1.5" strokeDasharray="7 5" />
      {(["left", "right", "off"] as const).map((side) => (
        <text key={side} x={xOf[side] + 50} y="18" textAnchor="middle" fontSize="13" fill="var(--quiet)">
          {side === "off" ? (columns.off > 0 ? "not there" : "") : wordOf(sides[side === "left" ? 0 : 1])}
        </text>
      ))}
      {placed.map(({ name, votes, side, row }) => (
        <g key={name} transform={`translate(${xOf[side]} ${28 + row * ROW})`}>
          <rect
            width="100"
            height="27"
            rx="3"
            fill={side === "off" ? "none" : "var(--raised)"}
            stroke="var(--ink)"
            strokeWidth={quorate[side] ? 2 : 1}
            strokeDasharray={side === "off" ? "2 3" : undefined}
          />
          <text x="10" y="18" fontFamily="var(--font-mono)" fontSize="13" fill="var(--ink)">
            {name}
          </text>
          {votes > VOTES_MAX && (
            <text x="93" y="18" textAnchor="end" fontSize="12" fill="var(--ink)">
              {votes}
            </text>
          )}
          {Array.from({ length: votes > VOTES_MAX ? 0 : votes }, (_, vote) => (
            <circle
              // biome-ignore lint/suspicious/noArrayIndexKey: votes are all alike
              key={vote}
              cx={90 - vote * 13}
              cy="13.5"
              r="4.5"
              fill={quorate[side] ? "var(--accent)" : "none"}
              stroke="var(--ink)"
            />
          ))}
        </g>
      ))}
    </svg>
  );
}

const xOf = { left: 14, right: 148, off: 250 };

function wordOf(side: SideVerdict | undefined): string {
  if (side === undefined || side.nodes.length === 0) return "";
  return `${side.votes}: ${side.quorate ? "goes on" : "stops"}`;
}

function resized(nodes: Partition["nodes"], count: number): Partition["nodes"] {
  const whole = wholeCluster(count).nodes;
  return whole.map((node, at) => nodes[at] ?? { ...node, side: "right" });
}

function withSides(partition: Partition, sides: Side[]): Partition {
  return { ...partition, nodes: partition.nodes.map((node, at) => ({ ...node, side: sides[at] ?? "left" })) };
}
