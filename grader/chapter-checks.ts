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
  const module = (await import(pathToFileURL(file).href)) as { checks?: ChapterChecks };
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
