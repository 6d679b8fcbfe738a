"use client";

/** What this lab cannot do by itself and the chapter asks for: the steps by hand. The checks are the same. */
import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";

/** By capability, how many things are to do; whoever stands beside the nodes does them, or the instructor. */
const STEPS = { power: 2, cables: 2, latency: 2, clock: 1, probe: 2, watchdog: 1 } as const;

export function ByHand() {
  const { missing, stage, stageByHand } = useChapter().chapter;
  const words = useWords();
  const known = missing.filter((one): one is keyof typeof STEPS => one in STEPS);
  if (known.length === 0 && stageByHand === undefined) return null;
  return (
    <section aria-labelledby="by-hand" className="my-4 border-l-2 border-edge pl-4 text-ui">
      <h2 id="by-hand" className="font-semibold">
        {words("hand.title")}
      </h2>
      <p className="mt-1 max-w-[60ch] text-quiet">{words("hand.intro")}</p>
      {stageByHand !== undefined && (
        <details className="mt-2">
          <summary className="cursor-pointer">
            {words("hand.beginning", { start: stage?.title ?? words("lab.separate") })}
          </summary>
          {stageByHand.length === 0 ? (
            <p className="mt-1">{words("hand.roll-back")}</p>
          ) : (
            <ol className="mt-1 list-decimal pl-6">
              <li>{words("hand.separate")}</li>
              {stageByHand.map(({ node, command }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same command may come twice, in a fixed order
                <li key={at}>
                  {words("hand.on", { node })}{" "}
                  <code className="font-mono text-code [overflow-wrap:anywhere]">{command}</code>
                </li>
              ))}
            </ol>
          )}
        </details>
      )}
      {known.map((id) => (
        <details key={id} className="mt-2">
          <summary className="cursor-pointer">{words(`hand.${id}`)}</summary>
          <ul className="mt-1 list-disc pl-6">
            <li>{words(`hand.${id}-1`)}</li>
            {hasTwo(id) && <li>{words(`hand.${id}-2`)}</li>}
          </ul>
        </details>
      ))}
    </section>
  );
}

function hasTwo(id: keyof typeof STEPS): id is "power" | "cables" | "latency" | "probe" {
  return STEPS[id] === 2;
}
