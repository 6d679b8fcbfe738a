/**
 * `npm run prove [-- COURSE/CHAPTER] [--case NAME] [--verbose] [--write-outputs] [--jobs N]`: prove every chapter on fresh
 * simulated labs, in fast time, over SSH.
 *
 * Before anything is done every check is not yet; after `solve.yaml` every check has passed (those of a step with
 * `moment: true` on the way); after each `wrong/*.yaml`
 * each check says what that file says. What the solution's commands print is compared with `outputs.txt`, which texts
 * show; `--write-outputs` writes it. Cases run side by side, as each waits for its lab most of the time; a line per case
 * in the order of the course, `N passed, N failed` at the end, exit 1 on any failure.
 */
import { parseArgs } from "node:util";
import { ContentError } from "../content/pipeline/content-error.ts";
import {
  type Chapter,
  type ChapterProofs,
  findChapter,
  loadCourses,
  loadProofs,
} from "../content/pipeline/load-chapter.ts";
import { loadChapterChecks } from "../grader/chapter-checks.ts";
import type { ChapterChecks } from "../grader/checks/check.ts";
import { survivors } from "../grader/mutants.ts";
import { LabThreads } from "./lab-threads.ts";
import { type Case, casesOf, type Kept, type ProofOptions, proveCase } from "./prove-case.ts";

/** Labs side by side: most of the time each waits for what its shell says next. */
const JOBS = 12;

/** They keep two processors busy. */
const LAB_THREADS = 2;

/** A line of the proof, and what is wrong with it. */
interface Result {
  mark: "ok" | "FAILED";
  name: string;
  note: string;
  problems: string[];
}

interface ChapterWork {
  chapter: Chapter;
  checks: ChapterChecks;
  proofs: ChapterProofs;
  cases: Case[];
  kept: Kept;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: "string" },
      verbose: { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
      jobs: { type: "string", default: String(JOBS) },
      "write-outputs": { type: "boolean", default: false },
    },
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error("--jobs takes a whole number from 1");
  const inTurn = turns(jobs);
  const labs = new LabThreads(LAB_THREADS);
  let passed = 0;
  let failed = 0;
  const tell = ({ mark, name, note, problems }: Result) => {
    if (mark === "FAILED") failed++;
    else passed++;
    process.stdout.write(`${mark.padEnd(6)} ${name} (${note})\n`);
    for (const problem of problems) process.stdout.write(`       ${problem.replaceAll("\n", "\n       ")}\n`);
  };
  try {
    const begun = (await workFor(positionals[0], values.case)).map((work) => ({
      work,
      results: work.cases.map((proof) => inTurn(() => proved(work, proof, { ...values, labs }))),
    }));
    for (const { work, results } of begun) {
      for (const result of results) tell(await result);
      if (values.case === undefined) tell(mutantsOf(work));
    }
  } finally {
    await labs.close();
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** The chapters that have something to prove, or the one that is asked for. @throws ContentError where there is none */
async function workFor(key: string | undefined, only: string | undefined): Promise<ChapterWork[]> {
  const courses = await loadCourses();
  const wanted = key === undefined ? courses.flatMap((course) => course.chapters) : [findChapter(courses, key)];
  const works: ChapterWork[] = [];
  for (const chapter of wanted) {
    if (!chapter)
      throw new ContentError(
        { file: "content" },
        `there is no chapter ${key}; there are ${keysOf(courses).join(", ")}`,
      );
    // A chapter without steps is read, and has nothing to prove.
    if (chapter.chapter.steps.length === 0) continue;
    const proofs = await loadProofs(chapter);
    const all = casesOf(chapter, proofs);
    const cases = all.filter(({ name }) => only === undefined || name === only);
    if (key !== undefined && cases.length === 0) {
      const names = all.map(({ name }) => name).join(", ");
      throw new ContentError({ file: chapter.folder }, `there is no case ${only}; there are ${names}`);
    }
    const checks = await loadChapterChecks(chapter);
    works.push({ chapter, checks, proofs, cases, kept: { samples: [], right: undefined } });
  }
  return works;
}

/** As they are named on the command line. */
function keysOf(courses: Awaited<ReturnType<typeof loadCourses>>): string[] {
  return courses.flatMap(({ course, chapters }) => chapters.map(({ chapter }) => `${course.id}/${chapter.id}`));
}

async function proved(
  { chapter, checks, proofs, kept }: ChapterWork,
  proof: Case,
  options: ProofOptions,
): Promise<Result> {
  const startedMs = performance.now();
  const problems = await proveCase(chapter, checks, proofs, proof, options, kept).catch((error: Error) => [
    error.message,
  ]);
  return {
    mark: problems.length === 0 ? "ok" : "FAILED",
    name: `${chapter.course.id}/${chapter.chapter.id} ${proof.name}`,
    note: `${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
    problems,
  };
}

/** Each check broken on purpose, judged on what the chapter's cases have seen: one that none of them tells fails. */
function mutantsOf({ chapter, checks, kept }: ChapterWork): Result {
  const all = Object.entries(checks).flatMap(([step, list]) =>
    Object.entries(list).map(([id, check]) => [`${step}/${id}`, check] as const),
  );
  const alive = survivors(new Map(all), kept.samples, kept.right);
  return {
    mark: alive.length === 0 ? "ok" : "FAILED",
    name: `${chapter.course.id}/${chapter.chapter.id} mutants`,
    note: `on ${kept.samples.length} judgements`,
    problems: alive.map((one) => `no case tells it from ${one}`),
  };
}

/** Tasks begin in the order given, `limit` of them at a time. */
function turns(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running === limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const { message, stack, code } = error as Error & { code?: string };
    const own = error instanceof ContentError || code?.startsWith("ERR_PARSE_ARGS") === true;
    process.stderr.write(`${own ? message : (stack ?? String(error))}\n`);
    process.stdout.write("0 passed, 1 failed\n");
    process.exitCode = 1;
  },
);
