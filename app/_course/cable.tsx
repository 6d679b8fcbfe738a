"use client";

/** The cable between two nodes, where the text asks for it: cut or put back, made slow or lossy. */
import type { Surroundings } from "../../gateway/protocol.ts";
import { FaultControl } from "./fault-control.tsx";

type Link = Surroundings["links"][number];

/** `network` names one of several cables; `latency` (milliseconds) and `loss` (percent) change it instead of cutting it. */
export function Cable(props: { from: string; to: string; network?: string; latency?: string; loss?: string }) {
  const { from, to, network } = props;
  return (
    <FaultControl
      offer={(surroundings) => {
        const link = surroundings?.links.find(
          (one) =>
            one.between.includes(from) &&
            one.between.includes(to) &&
            (network === undefined || one.network === network),
        );
        const { word, change } = changeOf(props, link);
        return {
          word,
          fault: link && {
            kind: "link",
            between: [from, to],
            ...(network !== undefined && { network }),
            ...change,
          },
          says: link && stateWords(props, link),
        };
      }}
    />
  );
}

function changeOf(
  { from, to, network, latency, loss }: Parameters<typeof Cable>[0],
  link: Link | undefined,
): { word: string; change: { up?: boolean; latencyMs?: number; lossPercent?: number } } {
  const cable = `${from}–${to}${network === undefined ? "" : ` (${network})`}`;
  if (latency !== undefined) {
    const on = link !== undefined && link.latencyMs >= Number(latency);
    return on
      ? { word: `Make ${cable} fast again`, change: { latencyMs: 0 } }
      : { word: `Add ${latency} ms to ${cable}`, change: { latencyMs: Number(latency) } };
  }
  if (loss !== undefined) {
    const on = link !== undefined && link.lossPercent >= Number(loss);
    return on
      ? { word: `Lose nothing on ${cable}`, change: { lossPercent: 0 } }
      : { word: `Lose ${loss} % on ${cable}`, change: { lossPercent: Number(loss) } };
  }
  return link?.up === false
    ? { word: `Put the cable ${cable} back`, change: { up: true } }
    : { word: `Pull the cable ${cable}`, change: { up: false } };
}

function stateWords({ latency, loss }: Parameters<typeof Cable>[0], link: Link): string {
  if (latency !== undefined) return `Delay now: ${link.latencyMs} ms one way.`;
  if (loss !== undefined) return `Loss now: ${link.lossPercent} %.`;
  return link.up ? "The cable is in." : "The cable is out.";
}
