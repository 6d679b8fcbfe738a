/** What a learner is told before the lab, or one node of it, is put into another state. */
import type { Words } from "../_words/catalogue.ts";

export type Target = { to: "chapter" } | { to: "installed" } | { to: "restore-point"; restorePoint: string };

/** What the change ends or takes away, a sentence each; with `node` only that node changes. */
export function whatIsLost(words: Words, target: Target, node: string | undefined): string[] {
  if (node === undefined) return words("lab.lost-whole").split("\n");
  return words(target.to === "installed" ? "lab.lost-installed" : "lab.lost-back", { node }).split("\n");
}

/** What the change leaves, a sentence each. */
export function whatStays(words: Words): string[] {
  return words("lab.kept").split("\n");
}
