"use client";

/** The plug of one node, where the text asks for it: pulled or put back, for labs that can do it. */
import { useWords } from "../_words/words.tsx";
import { FaultControl } from "./fault-control.tsx";

export function Power({ node }: { node: string }) {
  const words = useWords();
  return (
    <FaultControl
      offer={(surroundings) => {
        const state = surroundings?.nodes.find(({ name }) => name === node)?.power;
        return {
          word: words(state === "on" || state === undefined ? "power.pull" : "power.switch-on", { node }),
          fault: state && { kind: "power", node, state: state === "on" ? "off" : "on" },
          says: state && words(`power.${state}`, { node }),
        };
      }}
    />
  );
}
