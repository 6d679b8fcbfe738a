"use client";

/** The plug of one node, where the text asks for it: pulled or put back, for labs that can do it. */
import { FaultControl } from "./fault-control.tsx";

export function Power({ node }: { node: string }) {
  return (
    <FaultControl
      offer={(surroundings) => {
        const state = surroundings?.nodes.find(({ name }) => name === node)?.power;
        return {
          word: state === "on" || state === undefined ? `Pull the plug of ${node}` : `Switch ${node} on`,
          fault: state && { kind: "power", node, state: state === "on" ? "off" : "on" },
          says: state && `${node} is ${words[state]}.`,
        };
      }}
    />
  );
}

const words = { on: "on", off: "off", hung: "on, but hangs" };
