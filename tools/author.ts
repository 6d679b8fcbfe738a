/**
 * `npm run author -- new COURSE/NN-id | dev | lint | prove [COURSE/CHAPTER]`: what an author needs, under one name.
 *
 * `lint` reads, judges and compiles every chapter and says each mistake with file, line and column; `dev` serves the
 * pages with live edits and terminals; `prove` is `npm run prove`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CONTENT_DIRECTORY } from "../content/pipeline/load-chapter.ts";
import { newChapter } from "../content/pipeline/new-chapter.ts";
import { lint } from "./author-lint.ts";

const USAGE = `npm run author -- new COURSE/NN-id      write a chapter that loads and can be proved: new COURSE/14-my-subject
npm run author -- dev                   pages and terminals; an edit shows at the next reload
npm run author -- lint                  every mistake that can be seen without a lab, with file and line
npm run author -- prove COURSE/CHAPTER  its solution and wrong states on fresh labs
                                        [--case wrong/NAME] [--verbose] [--write-outputs]
docs/authoring.md has the rest, docs/checks.md every check.`;

async function main([command, ...rest]: string[]): Promise<number> {
  if (command === "new" && rest[0]?.includes("/")) {
    const [course = "", name = ""] = rest[0].split("/");
    console.log(`Written: ${await newChapter(join(CONTENT_DIRECTORY, course), name)}`);
    console.log("Next:");
    console.log("  npm run author -- lint");
    console.log(`  npm run author -- prove ${course}/${name.replace(/^\d+-/, "")} --write-outputs`);
    console.log("  npm run author -- dev");
    return 0;
  }
  if (command === "lint") return lint();
  if (command === "prove") return run("prove.ts", rest);
  if (command === "dev") return run("../server/start.mjs", ["--dev", ...rest]);
  console.error(USAGE);
  return 2;
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
