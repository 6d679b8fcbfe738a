import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadCourses } from "./load-chapter.ts";
import { commandsFile } from "./schemas.ts";
import { runsOf, untypedCommands } from "./shown-commands.ts";
import { describeProblem, readYamlFile } from "./yaml-file.ts";

it("every command that a text shows is typed by the chapter's solution on that node, or one of a sentence by a wrong state", async () => {
  for (const chapter of (await loadCourses()).flatMap((course) => course.chapters)) {
    const text = await readFile(join(chapter.folder, "text.en.mdx"), "utf8");
    if (chapter.chapter.steps.length > 0) expect(runsOf(text).length, chapter.chapter.id).toBeGreaterThan(0);
    expect((await untypedCommands(chapter)).map(describeProblem)).toEqual([]);
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
  "killall",
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
