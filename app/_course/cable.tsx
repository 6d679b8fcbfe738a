"use client";

/** The cable between two nodes, where the text asks for it: cut or put back, made slow or lossy. */
import type { Surroundings } from "../../gateway/protocol.ts";
import type { Words } from "../_words/catalogue.ts";
import { useWords } from "../_words/words.tsx";
import { FaultControl } from "./fault-control.tsx";

type Link = Surroundings["links"][number];

/** `network` names one of several cables; `latency` (milliseconds) and `loss` (percent) change it instead of cutting it. */
export function Cable(props: { from: string; to: string; network?: string; latency?: string; loss?: string }) {
  const { from, to, network } = props;
  const words = useWords();
  return (
    <FaultControl
      offer={(surroundings) => {
        const link = surroundings?.links.find(
          (one) =>
            one.between.includes(from) &&
            one.between.includes(to) &&
            (network === undefined || one.network === network),
        );
        const { word, change } = changeOf(props, link, words);
        return {
          word,
          fault: link && {
            kind: "link",
            between: [from, to],
            ...(network !== undefined && { network }),
            ...change,
          },
          says: link && stateWords(props, link, words),
        };
      }}
    />
  );
}

function changeOf(
  { from, to, network, latency, loss }: Parameters<typeof Cable>[0],
  link: Link | undefined,
  words: Words,
): { word: string; change: { up?: boolean; latencyMs?: number; lossPercent?: number } } {
  const cable = `${from}–${to}${network === undefined ? "" : ` (${network})`}`;
  if (latency !== undefined) {
    const on = link !== undefined && link.latencyMs >= Number(latency);
    return on
      ? { word: words("cable.fast-again", { cable }), change: { latencyMs: 0 } }
      : { word: words("cable.add-delay", { ms: latency, cable }), change: { latencyMs: Number(latency) } };
  }
  if (loss !== undefined) {
    const on = link !== undefined && link.lossPercent >= Number(loss);
    return on
      ? { word: words("cable.lose-nothing", { cable }), change: { lossPercent: 0 } }
      : { word: words("cable.add-loss", { percent: loss, cable }), change: { lossPercent: Number(loss) } };
  }
  return link?.up === false
    ? { word: words("cable.put-back", { cable }), change: { up: true } }
    : { word: words("cable.pull", { cable }), change: { up: false } };
}

function stateWords({ latency, loss }: Parameters<typeof Cable>[0], link: Link, words: Words): string {
  if (latency !== undefined) return words("cable.delay-now", { ms: link.latencyMs });
  if (loss !== undefined) return words("cable.loss-now", { percent: link.lossPercent });
  return words(link.up ? "cable.in" : "cable.out");
}
