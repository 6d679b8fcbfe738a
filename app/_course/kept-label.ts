/** What names an earlier state of a lab: kept as an id with its values, and said in the language of whoever reads it. */
import { z } from "zod";
import { withoutUndefined } from "../../labs/without-undefined.ts";
import type { PageWords } from "../_words/page-words-of.ts";

const chapter = z.number();
const node = z.string();

const keptAs = z.discriminatedUnion("kept", [
  /** With `node` that node alone. */
  z.strictObject({ kept: z.enum(["left", "before-chapter"]), chapter, node: node.optional() }),
  z.strictObject({ kept: z.literal("before-installed"), node }),
  /** Whoever changed somebody else's lab. */
  z.strictObject({ kept: z.literal("before-person"), name: z.string() }),
]);

export type Kept = z.infer<typeof keptAs>;

/** As the lab keeps it. */
export function labelFor(kept: Kept): string {
  return JSON.stringify(kept);
}

/** @returns `language` where it is not the reader's: a label of an older version is an English sentence */
export function keptLabel(label: string, words: PageWords): { label: string; language: string | undefined } {
  const read = keptAs.safeParse(parsed(label));
  if (!read.success) return { label, language: "en" };
  const { kept, ...values } = withoutUndefined(read.data);
  const alone = "node" in values && (kept === "left" || kept === "before-chapter");
  return { label: words(alone ? `kept.${kept}-node` : `kept.${kept}`, values), language: undefined };
}

function parsed(label: string): unknown {
  try {
    return JSON.parse(label);
  } catch {
    return undefined;
  }
}
