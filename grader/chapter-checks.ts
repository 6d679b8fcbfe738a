/** The code of a chapter's checks, held against its `chapter.yaml`. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ContentProblem, ContentProblems } from "../content/pipeline/yaml-file.ts";
import type { ChapterChecks } from "./checks/check.ts";
import type { JudgedChapter } from "./judge.ts";

/** Load `checks.ts`, once for each process. @throws ContentProblems when it and `chapter.yaml` differ */
export async function loadChapterChecks({
  chapter,
  folder,
}: JudgedChapter & { folder: string }): Promise<ChapterChecks> {
  // A chapter that is only read has nothing to judge.
  if (chapter.steps.length === 0) return {};
  const file = join(folder, "checks.ts");
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new ContentProblems([{ file, path: "", message: "the file is missing" }]);
  const module = await imported(file);
  const checks = module.checks;
  if (typeof checks !== "object") {
    throw new ContentProblems([{ file, path: "", message: "must export an object called checks" }]);
  }
  const known = chapter.steps.flatMap((step) => step.checks.map((check) => `${step.id}/${check.id}`));
  const written = Object.entries(checks).flatMap(([step, list]) => Object.keys(list).map((id) => `${step}/${id}`));
  const problems: ContentProblem[] = [
    ...known
      .filter((key) => !written.includes(key))
      .map((key) => ({ file, path: key, message: "is in chapter.yaml only" })),
    ...written
      .filter((key) => !known.includes(key))
      .map((key) => ({ file, path: key, message: "is not in chapter.yaml" })),
  ];
  if (problems.length > 0) throw new ContentProblems(problems);
  return checks;
}

/** A check that is spelled wrong, or called wrongly, is a mistake of the author's and told as one. */
async function imported(file: string): Promise<{ checks?: ChapterChecks }> {
  const { href } = pathToFileURL(file);
  try {
    return (await import(href)) as { checks?: ChapterChecks };
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const place = cause.stack?.split(`${href}:`)[1]?.match(/^(\d+)(?::(\d+))?/);
    const [line, column] = [Number(place?.[1]), Number(place?.[2])];
    const message = `${cause.message}; docs/checks.md has all checks, what each takes and where it is imported from`;
    throw new ContentProblems([{ file, ...(line > 0 && { line }), ...(column > 0 && { column }), path: "", message }]);
  }
}
