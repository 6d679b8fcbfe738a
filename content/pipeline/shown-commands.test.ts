import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadCourses, loadProofs } from "./load-chapter.ts";

/** A loop that somebody ends with Ctrl+C: a proof has nobody to press it. */
const ENDLESS = /^(while true;|ping (?!.*-c ))/;

it("every command that a text shows is typed on that node by the chapter's solution", async () => {
  for (const chapter of (await loadCourses()).flatMap((course) => course.chapters)) {
    const { solve } = await loadProofs(chapter);
    // A command may stand in a longer line: two terminals of a learner are one line of a proof, with \`&\` between.
    const typed = solve.flatMap((action) => ("run" in action ? [{ on: action.on, line: action.run.trim() }] : []));
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
