import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadCourses, loadProofs } from "./load-chapter.ts";
import { type Action, commandsFile } from "./schemas.ts";
import { readYamlFile } from "./yaml-file.ts";

/** A loop that somebody ends with Ctrl+C: a proof has nobody to press it. */
const ENDLESS = /^(while true;|ping (?!.*-c ))/;

it("every command that a text shows is typed on that node by the chapter's solution", async () => {
  for (const chapter of (await loadCourses()).flatMap((course) => course.chapters)) {
    const { solve } = await loadProofs(chapter);
    // A command may stand in a longer line: two terminals of a learner are one line of a proof, with \`&\` between.
    const typed = solve.flatMap(commandsOf);
    const text = await readFile(join(chapter.folder, "text.en.mdx"), "utf8");
    const shown = [...text.matchAll(/<Run on="([^"]+)">([\s\S]*?)<\/Run>/g)]
      .map(([, node, command]) => [node!, command!.trim()] as const)
      .filter(([, command]) => !ENDLESS.test(command))
      .map(([on, command]) => ({ on, line: command.replace(/(?<!\$)\{([\w.-]+)\}/g, "{{$1}}") }));
    if (chapter.chapter.steps.length > 0) expect(shown.length, chapter.chapter.id).toBeGreaterThan(0);
    expect(
      shown.filter(({ on, line }) => !typed.some((one) => one.on === on && one.line.includes(line))),
      `not in the solution of ${chapter.chapter.id}`,
    ).toEqual([]);
  }
});

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

/** A command of Proxmox VE in running text, with something to act on: `qm destroy 106`, and not `qm destroy`. */
const INLINE = /`((?:qm|pvecm|pvesm|pvesh|pveum|ha-manager|systemctl|journalctl) [a-z-]+ [^`]+)`/g;
/** `qm migrate ID NODE`: a form, with words to be replaced. */
const FORM = / [A-Z]{2,}/;

it("a command inside a sentence, a hint or a block of code is typed by the chapter's solution or one of its wrong states", async () => {
  for (const chapter of (await loadCourses()).flatMap((course) => course.chapters)) {
    const { solve, wrong } = await loadProofs(chapter);
    const actions = [...solve, ...wrong.flatMap(({ proof }) => proof.do as typeof solve)];
    const typed = actions.flatMap(linesOf);
    const text = await readFile(join(chapter.folder, "text.en.mdx"), "utf8");
    const inline = [...text.matchAll(INLINE)].map(([, command]) => command!).filter((command) => !FORM.test(command));
    const fenced = [...text.matchAll(/^```bash\n([\s\S]*?)^```/gm)].flatMap(([, lines]) => lines!.trim().split("\n"));
    const shown = [...inline, ...fenced].map((line) => line.replace(/(?<!\$)\{([\w.-]+)\}/g, "{{$1}}"));
    expect(
      shown.filter((line) => !typed.some((one) => one.includes(line))),
      `never typed in ${chapter.chapter.id}`,
    ).toEqual([]);
    expect(text, `typed output in ${chapter.chapter.id}`).not.toMatch(/^```(text|console|log)?$[\s\S]*?^```$/m);
  }
});

/** The shell's own; a learner of this course knows them. */
const SHELL = [
  "hostname",
  "ping",
  "echo",
  "uptime",
  "ls",
  "cat",
  "cp",
  "diff",
  "ln",
  "df",
  "for",
  "while",
  "mv",
  "rm",
  "kill",
  "grep",
  "ip",
  "sed",
  "touch",
  "tail",
  "openssl",
  "ssh",
];

it("every command of Proxmox VE that a text shows stands in the command reference, and every entry of it is named", async () => {
  for (const course of await loadCourses()) {
    const file = join(course.folder, "commands.en.yaml");
    const reference = await readYamlFile(file, commandsFile).catch(() => undefined);
    if (reference === undefined) continue;
    const shown = new Set<string>();
    let texts = "";
    for (const { folder } of course.chapters) {
      const text = await readFile(join(folder, "text.en.mdx"), "utf8");
      texts += text.replaceAll(/\s+/g, " ");
      for (const [, command] of text.matchAll(/<Run on="[^"]+">([\s\S]*?)<\/Run>/g)) shown.add(command!.trim());
    }
    const explained = (line: string) =>
      reference.some(({ command }) => line.includes(command)) || SHELL.includes(line.split(/\s/)[0]!.replace("(", ""));
    expect([...shown].filter((line) => !explained(line))).toEqual([]);
    const unused = reference.filter(({ command }) => !texts.includes(command));
    expect(unused.map(({ command }) => command)).toEqual([]);
  }
});
