/**
 * `npm run author -- new COURSE/NN-id | dev | lint | prove [COURSE/CHAPTER]`: what an author needs, under one name.
 *
 * `lint` reads, judges and compiles every chapter and says each mistake with file, line and column; `dev` serves the
 * pages with live edits and terminals; `prove` is `npm run prove`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCourses } from "../content/pipeline/courses.ts";
import { CONTENT_DIRECTORY, loadProofs, loadCourses as loadSources } from "../content/pipeline/load-chapter.ts";
import { newChapter } from "../content/pipeline/new-chapter.ts";
import { loadChapterChecks } from "../grader/chapter-checks.ts";

const USAGE = "npm run author -- new COURSE/NN-id | dev | lint | prove [COURSE/CHAPTER] [--case NAME] [--verbose]";

async function main([command, ...rest]: string[]): Promise<number> {
  if (command === "new" && rest[0]?.includes("/")) {
    const [course = "", name = ""] = rest[0].split("/");
    console.log(`Written: ${await newChapter(join(CONTENT_DIRECTORY, course), name)}`);
    console.log("Next: npm run author -- lint, then npm run author -- prove COURSE/CHAPTER --write-outputs");
    return 0;
  }
  if (command === "lint") return lint();
  if (command === "prove") return run("prove.ts", rest);
  if (command === "dev") return run("../server/start.mjs", ["--dev", ...rest]);
  console.error(USAGE);
  return 2;
}

async function lint(): Promise<number> {
  const cacheDirectory = await mkdtemp(join(tmpdir(), "quorate-lint-"));
  try {
    const courses = await loadCourses({ contentDirectory: CONTENT_DIRECTORY, cacheDirectory });
    for (const chapter of (await loadSources()).flatMap((course) => course.chapters)) {
      await loadChapterChecks(chapter);
      await loadProofs(chapter);
    }
    for (const { id, chapters } of courses.all()) console.log(`${id}: ${chapters.length} chapters, no mistake`);
    return 0;
  } finally {
    await rm(cacheDirectory, { recursive: true, force: true });
  }
}

async function run(script: string, words: string[]): Promise<number> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [file, ...words], { stdio: "inherit" });
  const [status] = (await once(child, "exit")) as [number | null];
  return status ?? 1;
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const own = error instanceof Error && error.name.startsWith("Content");
    console.error(own ? error.message : error);
    process.exitCode = 1;
  },
);
