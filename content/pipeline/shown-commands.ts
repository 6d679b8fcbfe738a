/** Commands that a text shows, held against what its proof types: a command that nobody ran may be wrong. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Chapter, loadProofs } from "./load-chapter.ts";
import type { Action } from "./schemas.ts";
import type { ContentProblem } from "./yaml-file.ts";

/** A loop that somebody ends with Ctrl+C: a proof has nobody to press it. */
const ENDLESS = /^(while true;|ping (?!.*-c ))/;
/** A command of Proxmox VE in running text, with something to act on: `qm destroy 106`, and not `qm destroy`. */
const INLINE = /`((?:qm|pvecm|pvesm|pvesh|pveum|ha-manager|systemctl|journalctl) [a-z-]+ [^`]+)`/g;
/** `qm migrate ID NODE`: a form, with words to be replaced. */
const FORM = / [A-Z]{2,}/;

/** Commands of `<Run>` with their node, those that are ended by hand left out. */
export function runsOf(text: string): { on: string; line: string; at: number }[] {
  return [...text.matchAll(/<Run on="([^"]+)">([\s\S]*?)<\/Run>/g)]
    .map((match) => ({ on: match[1]!, command: match[2]!.trim(), at: match.index }))
    .filter(({ command }) => !ENDLESS.test(command))
    .map(({ on, command, at }) => ({ on, line: asTyped(command), at }));
}

/** @throws ContentProblems where solution or wrong states cannot be read */
export async function untypedCommands(chapter: Chapter): Promise<ContentProblem[]> {
  const { solve, wrong } = await loadProofs(chapter);
  const file = join(chapter.folder, "text.en.mdx");
  const text = await readFile(file, "utf8");
  const lineOf = (at: number) => text.slice(0, at).split("\n").length;
  // A command may stand in a longer line: two terminals of a learner are one line of a proof, with \`&\` between.
  const typed = solve.flatMap(commandsOf);
  const anywhere = [...solve, ...wrong.flatMap(({ proof }) => proof.do as Action[])].flatMap(linesOf);
  const runs = runsOf(text)
    .filter(({ on, line }) => !typed.some((one) => one.on === on && one.line.includes(line)))
    .map(({ on, line, at }) => ({ at, message: `solve.yaml does not type this on ${on}: ${line}` }));
  const inline = [...text.matchAll(INLINE)]
    .filter(([, command]) => !FORM.test(command!))
    .map((match) => ({ line: match[1]!, at: match.index }));
  const fenced = [...text.matchAll(/^```bash\n([\s\S]*?)^```/gm)].flatMap((match) =>
    match[1]!
      .trim()
      .split("\n")
      .map((line, index) => ({ line, at: text.indexOf(line, match.index + index) })),
  );
  const never = [...inline, ...fenced]
    .map(({ line, at }) => ({ line: asTyped(line), at }))
    .filter(({ line }) => !anywhere.some((one) => one.includes(line)))
    .map(({ line, at }) => ({ at, message: `neither solve.yaml nor a wrong state types this: ${line}` }));
  return [...runs, ...never].map(({ at, message }) => ({ file, line: lineOf(at), path: "", message }));
}

/** `{name}` of a text is `{{name}}` of a proof. */
function asTyped(command: string): string {
  return command.replace(/(?<!\$)\{([\w.-]+)\}/g, "{{$1}}");
}

/** Also those that are repeated until something is so. */
function linesOf(action: Action): string[] {
  if ("when" in action) return action.do.flatMap(linesOf);
  return "until" in action && "run" in action.until ? [action.until.run] : "run" in action ? [action.run] : [];
}

/** Those that only some learners need, too. */
function commandsOf(action: Action): { on: string; line: string }[] {
  if ("when" in action) return action.do.flatMap(commandsOf);
  return "run" in action ? [{ on: action.on, line: action.run.trim() }] : [];
}
