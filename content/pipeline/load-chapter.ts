/**
 * Courses and chapters as they lie on disk, judged and addressed by hash.
 *
 * Only data is read here; `checks.ts` is code and is loaded by `grader/chapter-checks.ts`. So pages, gateway and
 * tools may all read chapters.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import {
  type Action,
  type ChapterFile,
  type CourseFile,
  chapterFile,
  courseFile,
  type StageFile,
  solveFile,
  stageFile,
  type WrongFile,
  wrongFile,
} from "./schemas.ts";
import { type ContentProblem, ContentProblems, readYamlFile } from "./yaml-file.ts";

export { drawnVariables, firstDraw, labVariables, seatVariables, selfPacedVariables } from "./variables.ts";

/** Where this repository keeps its courses. */
export const CONTENT_DIRECTORY = fileURLToPath(new URL("..", import.meta.url));

export interface Chapter {
  course: CourseFile;
  chapter: ChapterFile;
  /** Absolute path. */
  folder: string;
  /** From the folder's name, `05-create-a-cluster`: 5. It orders chapters and may change. */
  number: number;
  /** SHA-256 in hex of everything the learner reads and is judged by; attempts keep it. */
  contentHash: string;
}

export interface Course {
  course: CourseFile;
  folder: string;
  /** In order of their numbers. */
  chapters: Chapter[];
}

/** How a chapter is proved: the worked solution and the wrong states. */
export interface ChapterProofs {
  /** What makes the starting stage out of fresh nodes, in order. Empty for `fresh`. */
  stage: { hash: string; actions: Action[] };
  solve: Action[];
  wrong: { name: string; file: string; proof: WrongFile }[];
}

/** Every course under a folder, ordered by id. @throws ContentProblems with all that is wrong, and where */
export async function loadCourses(directory = CONTENT_DIRECTORY): Promise<Course[]> {
  const names = await readdir(directory, { withFileTypes: true });
  const folders = names.filter((entry) => entry.isDirectory() && entry.name !== "pipeline").map((entry) => entry.name);
  const courses = await gather(folders.sort().map((name) => loadCourse(join(directory, name))));
  refuseSharedIds(courses.map((course) => ({ file: join(course.folder, "course.yaml"), ids: idsOf(course.course) })));
  return courses.sort((a, b) => (a.course.id < b.course.id ? -1 : 1));
}

/** One course with its chapters. @throws ContentProblems */
export async function loadCourse(folder: string): Promise<Course> {
  const course = await readYamlFile(shown(join(folder, "course.yaml")), courseFile);
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && /^\d+-/.test(entry.name))
    .map((entry) => entry.name);
  const chapters = await gather(names.map((name) => loadChapter(course, join(folder, name))));
  chapters.sort((a, b) => a.number - b.number);
  refuseSharedIds(
    chapters.map(({ chapter, folder }) => ({ file: join(folder, "chapter.yaml"), ids: idsOf(chapter) })),
    course.retired,
  );
  return { course, folder, chapters };
}

/** One chapter by `COURSE/CHAPTER`, old ids included. @returns undefined when there is none */
export function findChapter(courses: Course[], key: string): Chapter | undefined {
  const [courseId, chapterId] = key.split("/");
  return courses
    .find(({ course }) => idsOf(course).includes(courseId!))
    ?.chapters.find(({ chapter }) => idsOf(chapter).includes(chapterId!));
}

/** Solution, wrong states and stage of a chapter. @throws ContentProblems */
export async function loadProofs({ chapter, folder }: Chapter): Promise<ChapterProofs> {
  const reading = chapter.steps.length === 0;
  const solution = shown(join(folder, "solve.yaml"));
  const solve = reading ? [] : await readYamlFile(solution, solveFile as z.ZodType<Action[]>);
  refuseOtherPlaces(solution, solve, chapter);
  const names = await readdir(join(folder, "wrong")).catch(() => []);
  const wrong = await gather(
    names
      .filter((name) => name.endsWith(".yaml"))
      .sort()
      .map(async (name) => {
        const file = shown(join(folder, "wrong", name));
        const proof = await readYamlFile(file, wrongFile);
        refuseOtherChecks(file, proof, chapter);
        refuseOtherPlaces(file, proof.do as Action[], chapter, "do");
        refuseOtherDraws(file, proof, chapter);
        return { name: name.slice(0, -".yaml".length), file, proof };
      }),
  );
  const stages = join(folder, "..", "stages");
  await refuseOtherStage(shown(join(folder, "chapter.yaml")), stages, chapter.stage);
  return { stage: await loadStage(stages, chapter.stage), solve, wrong };
}

async function refuseOtherStage(file: string, stages: string, stage: string): Promise<void> {
  const names = (await readdir(stages).catch(() => [])).map((name) => name.replace(/\.yaml$/, "")).sort();
  if (stage === "fresh" || names.includes(stage)) return;
  const message = `there is no stages/${stage}.yaml; there are fresh, ${names.join(", ")}`;
  throw new ContentProblems([{ file, path: "stage", message }]);
}

/** What a chapter's starting state is called, for readers; undefined for fresh nodes. @throws ContentProblems */
export async function stageTitle(chapterFolder: string, stage: string): Promise<string | undefined> {
  if (stage === "fresh") return undefined;
  return (await readYamlFile(shown(join(chapterFolder, "..", "stages", `${stage}.yaml`)), stageFile)).title;
}

/** The whole way from fresh nodes to a stage, addressed by the hash of all it is made from. @throws ContentProblems */
async function loadStage(folder: string, name: string, behind: string[] = []): Promise<ChapterProofs["stage"]> {
  if (name === "fresh") return { hash: hashOf(["fresh"]), actions: [] };
  const file = shown(join(folder, `${name}.yaml`));
  if (behind.includes(name)) throw new ContentProblems([{ file, path: "from", message: `${name} starts from itself` }]);
  const stage: StageFile = await readYamlFile(file, stageFile);
  const before = await loadStage(folder, stage.from, [...behind, name]);
  return {
    hash: hashOf([before.hash, JSON.stringify(stage.do)]),
    actions: [...before.actions, ...stage.do],
  };
}

async function loadChapter(course: CourseFile, folder: string): Promise<Chapter> {
  const chapter = await readYamlFile(shown(join(folder, "chapter.yaml")), chapterFile);
  const number = Number.parseInt(folder.split(/[\\/]/).at(-1)!, 10);
  const judged = (await readdir(folder)).filter(
    (name) => name === "chapter.yaml" || name === "checks.ts" || /^text\..*\.mdx$/.test(name),
  );
  const texts = await Promise.all(
    judged.sort().map(async (name) => `${name}\n${await readFile(join(folder, name), "utf8")}`),
  );
  return { course, chapter, folder, number, contentHash: hashOf(texts) };
}

/** Actions are done on nodes of the chapter's lab, and wait for its own steps. */
function refuseOtherPlaces(file: string, actions: readonly Action[], chapter: ChapterFile, at = ""): void {
  const steps = chapter.steps.map(({ id }) => id);
  const { nodes } = chapter.lab;
  const problems: ContentProblem[] = [];
  const node = (name: string, path: string) => {
    if (nodes.includes(name) || name.startsWith("{{")) return;
    problems.push({ file, path, message: `the lab has no node ${name}; it has ${nodes.join(", ")}` });
  };
  const look = (list: readonly Action[], above: string) => {
    for (const [index, one] of list.entries()) {
      const path = `${above}[${index}]`;
      if ("when" in one) look(one.do, `${path}.do`);
      else if ("run" in one) node(one.on, `${path}.on`);
      else if ("lab" in one && "power" in one.lab) node(one.lab.power, `${path}.lab.power`);
      else if ("until" in one && "run" in one.until) node(one.until.on, `${path}.until.on`);
      else if ("until" in one && "step" in one.until && !steps.includes(one.until.step)) {
        const message = `the chapter has no step ${one.until.step}; it has ${steps.join(", ")}`;
        problems.push({ file, path: `${path}.until.step`, message });
      }
    }
  };
  look(actions, at);
  if (problems.length > 0) throw new ContentProblems(problems);
}

/** A wrong state names every check of its chapter, and no other. */
function refuseOtherChecks(file: string, proof: WrongFile, chapter: ChapterFile): void {
  const known = chapter.steps.flatMap((step) => step.checks.map((check) => `${step.id}/${check.id}`));
  const problems: ContentProblem[] = [
    ...Object.keys(proof.verdicts)
      .filter((key) => !known.includes(key))
      .map((key) => ({ file, path: `verdicts.${key}`, message: "the chapter has no such check" })),
    ...Object.keys(proof.messages)
      .filter((key) => !known.includes(key))
      .map((key) => ({ file, path: `messages.${key}`, message: "the chapter has no such check" })),
    ...known
      .filter((key) => proof.verdicts[key] === undefined)
      .map((key) => ({ file, path: "verdicts", message: `says nothing about ${key}` })),
  ];
  if (problems.length > 0) throw new ContentProblems(problems);
}

/** A wrong state draws only what its chapter can draw. */
function refuseOtherDraws(file: string, proof: WrongFile, chapter: ChapterFile): void {
  const problems: ContentProblem[] = Object.entries(proof.draw).flatMap(([name, value]) => {
    const variable = chapter.variables[name];
    if (variable !== undefined && "oneOf" in variable && variable.oneOf.includes(value)) return [];
    return [{ file, path: `draw.${name}`, message: `the chapter cannot draw ${value} for it` }];
  });
  if (problems.length > 0) throw new ContentProblems(problems);
}

function refuseSharedIds(owners: { file: string; ids: string[] }[], retired: string[] = []): void {
  const seen = new Map<string, string>();
  const problems: ContentProblem[] = [];
  for (const { file, ids } of owners) {
    for (const id of ids) {
      const other = retired.includes(id) ? "retired, and ids are never used again" : seen.get(id);
      if (other !== undefined) {
        const reason = retired.includes(id) ? other : `also the id of ${other}`;
        problems.push({ file: shown(file), path: "id", message: `${id} is ${reason}` });
      }
      seen.set(id, shown(file));
    }
  }
  if (problems.length > 0) throw new ContentProblems(problems);
}

function idsOf({ id, was }: { id: string; was: string[] }): string[] {
  return [id, ...was];
}

function hashOf(texts: string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}\n`).update(text);
  return hash.digest("hex");
}

/** Paths in messages are relative to where the author stands, when that is shorter. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}

/** All of them, or everything that is wrong with any of them. */
async function gather<T>(work: Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const failures = results.filter((result) => result.status === "rejected").map((result) => result.reason as unknown);
  const other = failures.find((failure) => !(failure instanceof ContentProblems));
  if (other !== undefined) throw other;
  const problems = failures.flatMap((failure) => (failure as ContentProblems).problems);
  if (problems.length > 0) throw new ContentProblems(problems);
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}
