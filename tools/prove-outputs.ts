/** What the solution's commands print, beside what a chapter's texts show. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Chapter } from "../content/pipeline/load-chapter.ts";
import {
  formatOutputs,
  outputShape,
  parseOutputs,
  partOf,
  type ShownOutput,
  type ShownPart,
  shownParts,
} from "../content/pipeline/shown-output.ts";

/**
 * The parts that texts show are what the commands print now; the rest of an output may differ, such as a log under random
 * loss.
 *
 * @returns what differs
 */
export async function compareOutputs(chapter: Chapter, printed: ShownOutput[], write: boolean): Promise<string[]> {
  const file = join(chapter.folder, "outputs.txt");
  if (write) {
    await writeFile(file, formatOutputs(printed));
    return [];
  }
  const kept = parseOutputs(await readFile(file, "utf8").catch(() => ""));
  const texts = (await readdir(chapter.folder)).filter((name) => /^text\..*\.mdx$/.test(name));
  const sources = await Promise.all(texts.map((name) => readFile(join(chapter.folder, name), "utf8")));
  return sources.flatMap(shownParts).flatMap((part) => {
    const [before, now] = [partIn(kept, part), partIn(printed, part)];
    if (now !== undefined && outputShape(now) === outputShape(before ?? "")) return [];
    const which = `${part.on}# ${part.of}${part.nth > 1 ? ` (the ${part.nth}. time)` : ""}`;
    return [
      `outputs.txt is not what ${which} prints now:\n${now ?? "(nothing)"}\nand it was:\n${before ?? "(nothing)"}`,
    ];
  });
}

function partIn(outputs: readonly ShownOutput[], part: ShownPart): string | undefined {
  const said = outputs.filter(({ node, command }) => node === part.on && command === part.of)[part.nth - 1];
  return said && partOf(said.text, part);
}
