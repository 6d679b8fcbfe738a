/** What the solution's commands print, beside what a chapter's texts show. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Chapter } from "../content/pipeline/load-chapter.ts";
import { formatOutputs, outputShape, parseOutputs, type ShownOutput } from "../content/pipeline/shown-output.ts";

/** What texts show of the solution's commands is what they print. @returns what differs */
export async function compareOutputs(chapter: Chapter, printed: ShownOutput[], write: boolean): Promise<string[]> {
  const file = join(chapter.folder, "outputs.txt");
  if (write) {
    await writeFile(file, formatOutputs(printed));
    return [];
  }
  const kept = parseOutputs(await readFile(file, "utf8").catch(() => ""));
  const known = new Map<string, ShownOutput[]>();
  for (const output of kept) {
    const key = `${output.node}# ${output.command}`;
    known.set(key, [...(known.get(key) ?? []), output]);
  }
  const text = await readFile(join(chapter.folder, "text.en.mdx"), "utf8");
  const isShown = (command: string) => [`of="${command}"`, `of='${command}'`].some((words) => text.includes(words));
  const problems: string[] = [];
  for (const output of printed) {
    // What no text shows may differ: a log under random loss, for one.
    if (!isShown(output.command)) continue;
    const key = `${output.node}# ${output.command}`;
    const before = known.get(key)?.shift();
    // One that was never written down is refused by the build, where the text shows it.
    if (before === undefined || outputShape(before.text) === outputShape(output.text)) continue;
    problems.push(`outputs.txt is not what ${key} prints now:\n${output.text}\nand it was:\n${before.text}`);
  }
  return problems;
}
