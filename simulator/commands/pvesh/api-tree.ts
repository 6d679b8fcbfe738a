/** The API as a tree, for `pvesh ls`: what a folder's own list says is below it, and what may be done there. */
import { callAsRoot, findLocalEndpoint, type LocalAnswer } from "../../api/in-process.ts";
import { capabilities, isKnown, knownFolder } from "../../api/known-paths.ts";
import type { ProgramContext } from "../../shell/process.ts";

export interface Child {
  name: string;
  /** `Drwcd`. */
  capabilities: string;
}

export type Children =
  | { kind: "children"; list: Child[] }
  | { kind: "no-resource" }
  | { kind: "no-links" }
  | { kind: "not-modelled" }
  | { kind: "refused"; answer: Exclude<LocalAnswer, { kind: "answered" } | { kind: "no-handler" }> };

/** What is directly below a path, sorted. */
export async function childrenOf(context: ProgramContext, path: string): Promise<Children> {
  if (!isKnown("GET", path)) return { kind: "no-resource" };
  const key = knownFolder(path)?.key;
  if (key === undefined || !capabilities(path).startsWith("D")) return { kind: "no-links" };
  if (!findLocalEndpoint("GET", path)) return { kind: "not-modelled" };
  const { lab, node, signal } = context;
  const answer = await callAsRoot({ lab, node, signal, method: "GET", path, params: {} });
  if (answer.kind === "no-handler") return { kind: "not-modelled" };
  if (answer.kind !== "answered") return { kind: "refused", answer };
  const entries = Array.isArray(answer.data) ? (answer.data as Record<string, unknown>[]) : [];
  const names = entries.flatMap((entry) => (entry[key] === undefined ? [] : [String(entry[key])]));
  return {
    kind: "children",
    list: names.sort().map((name) => ({ name, capabilities: capabilities(`${path}/${name}`) })),
  };
}
