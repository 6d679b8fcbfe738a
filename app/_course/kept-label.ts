/** What names an earlier state of a lab: kept as an id with its values, and said in the language of whoever reads it. */
import { z } from "zod";
import { withoutUndefined } from "../../labs/without-undefined.ts";
import type { PageWords } from "../_words/page-words-of.ts";

const kinds = ["left", "before-chapter", "before-installed", "before-person"] as const;

const keptAs = z.strictObject({
  kept: z.enum(kinds),
  chapter: z.number().optional(),
  /** One node alone. */
  node: z.string().optional(),
  /** Whoever changed somebody else's lab. */
  name: z.string().optional(),
});

export type Kept =
  | { kept: "left" | "before-chapter"; chapter: number; node?: string | undefined }
  | { kept: "before-installed"; node: string }
  | { kept: "before-person"; name: string };

/** As the lab keeps it. */
export function labelFor(kept: Kept): string {
  return JSON.stringify(kept);
}

/** @returns `language` where it is not the reader's: a label of an older version is an English sentence */
export function keptLabel(label: string, words: PageWords): { label: string; language: string | undefined } {
  const read = keptAs.safeParse(parsed(label));
  if (!read.success) return { label, language: "en" };
  const { kept, ...known } = read.data;
  const values = withoutUndefined(known);
  const alone = values.node !== undefined && (kept === "left" || kept === "before-chapter");
  return { label: words(alone ? `kept.${kept}-node` : `kept.${kept}`, values), language: undefined };
}

function parsed(label: string): unknown {
  try {
    return JSON.parse(label);
  } catch {
    return undefined;
  }
}
