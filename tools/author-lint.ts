/** `npm run author -- lint`: everything that can be judged without a lab, all of it at once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Courses, loadCourses, preparedStages } from "../content/pipeline/courses.ts";
import { CONTENT_DIRECTORY, loadCourses as loadSources } from "../content/pipeline/load-chapter.ts";
import { untypedCommands } from "../content/pipeline/shown-commands.ts";
import { misspeltWords } from "../content/pipeline/speller.ts";
import { describeProblem } from "../content/pipeline/yaml-file.ts";
import { loadChapterChecks } from "../grader/chapter-checks.ts";

/** @returns exit status */
export async function lint(): Promise<number> {
  const said = new Set<string>();
  const say = (line: string) => said.add(line.replaceAll(`${process.cwd()}/`, ""));
  const trying = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error && error.name.startsWith("Content"))) throw error;
      for (const line of error.message.split("\n")) say(line);
      return undefined;
    }
  };
  const sources = (await trying(() => loadSources())) ?? [];
  for (const chapter of sources.flatMap((course) => course.chapters)) {
    await trying(() => loadChapterChecks(chapter));
    for (const problem of (await trying(() => untypedCommands(chapter))) ?? []) say(describeProblem(problem));
  }
  const courses = await trying(compiled);
  for (const problem of await misspeltWords(CONTENT_DIRECTORY)) say(describeProblem(problem));
  if (said.size > 0) {
    for (const line of said) console.error(line);
    console.error(`${said.size} ${said.size === 1 ? "mistake" : "mistakes"}`);
    return 1;
  }
  for (const course of courses?.all() ?? []) {
    console.log(`${course.id}: ${course.chapters.length} chapters, no mistake`);
    for (const line of untranslated(course)) console.log(`  ${line}`);
  }
  return 0;
}

/** The texts, each compiled as for a reader: the first mistake in them ends it. */
async function compiled(): Promise<Courses> {
  const cacheDirectory = await mkdtemp(join(tmpdir(), "quorate-lint-"));
  try {
    return await loadCourses({ contentDirectory: relative(process.cwd(), CONTENT_DIRECTORY), cacheDirectory });
  } finally {
    await rm(cacheDirectory, { recursive: true, force: true });
  }
}

/** No mistake: it is shown in English until somebody has written it. */
function untranslated(course: ReturnType<Courses["all"]>[number]): string[] {
  const languages = new Set([course.titles, course.glossary, course.commands].flatMap(Object.keys));
  languages.delete("en");
  return [...languages].flatMap((language) => {
    const terms = (course.glossary[language] ?? []).filter((one) => one.language === "en").map(({ id }) => id);
    const commands = (course.commands[language] ?? []).filter((one) => one.language === "en");
    const own = course.titles[language]?.stages ?? {};
    const stages = preparedStages(course.chapters).filter((stage) => own[stage] === undefined);
    const open = [...terms, ...commands.map(({ command }) => command), ...stages];
    return open.length === 0 ? [] : [`still in English for ${language}: ${open.join(", ")}`];
  });
}
