/** The recorded outputs of corosync's tools: which there are, and what was typed in each. */
import { readFileSync } from "node:fs";

export const TOOLS = new URL("../../../recordings/corosync/tools/", import.meta.url);

/** Kept outputs that are typed on whole clusters; the others are typed after the steps of their scenarios. */
export const WHOLE_CLUSTERS = [
  "n3-all-up-more-commands",
  "n3-other-tools",
  "n5-1up-4killed",
  "n5-2up-3killed",
  "n5-3up-2killed",
  "n5-4up-1killed",
  "tools-corosync-not-running",
  "cfgtool-R-broken-config",
  "start-fails-no-config",
];

/** Commands of one file in their order, with what they printed. @param folder beside the recorded scenarios' */
export function runsOf(file: string, folder = "tools"): { command: string; output: string; exit: number }[] {
  const text = readFileSync(new URL(`../${folder}/${file}.txt`, TOOLS), "utf8");
  return [...text.matchAll(/^\$ (.*)\n([\s\S]*?)exit (\d+)$/gm)].map(([, command, output, exit]) => ({
    command: command!,
    output: output!,
    exit: Number(exit),
  }));
}
