/** Observations kept one after the other: most of what nodes say is what they said before, and is held once. */
import type { NodeObservation, Observation } from "./observation.ts";

/** The same observation, with facts that equal those of `before` being those of `before`. Neither is changed. */
export function sharedWith(before: Observation | undefined, observation: Observation): Observation {
  if (!before) return observation;
  return {
    ...observation,
    nodes: observation.nodes.map((node) => {
      const known = before.nodes.find(({ name }) => name === node.name);
      return known ? sharedNode(known, node) : node;
    }),
  };
}

function sharedNode(known: NodeObservation, node: NodeObservation): NodeObservation {
  const older = known as Readonly<Record<string, unknown>>;
  const entries = Object.entries(node).map(([key, fact]) => {
    const same = typeof fact === "object" && JSON.stringify(older[key]) === JSON.stringify(fact);
    return [key, same ? older[key] : fact];
  });
  return Object.fromEntries(entries) as NodeObservation;
}
