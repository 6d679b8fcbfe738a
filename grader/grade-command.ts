/**
 * `npm run grade -- --lab FILE --chapter COURSE/CHAPTER [...]`: judge a lab without web or database.
 *
 * Exit status 0 passed, 1 not yet, 2 could not check, wrong usage included (one line with the next move).
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ContentError } from "../content/pipeline/content-error.ts";
import { findChapter, loadCourses, selfPacedVariables } from "../content/pipeline/load-chapter.ts";
import { labDescription } from "../labs/lab-description.ts";
import { loadChapterChecks } from "./chapter-checks.ts";
import { inWords } from "./checks/messages.en.ts";
import { judge, outcomeOf, scoreOf } from "./judge.ts";
import { contextOf, JUDGEMENT_FORMAT, type Judgement, judgement } from "./judgement.ts";
import { type Needs, needsOf } from "./needs.ts";
import { type Observation, readObservation } from "./observation.ts";
import { observe } from "./observe.ts";
import type { CheckVerdict, Outcome } from "./verdict.ts";

const USAGE = `npm run grade -- --lab FILE --chapter COURSE/CHAPTER [options]
  --lab FILE            a lab's description: what npm run lab -- --json prints; - reads standard input
  --chapter KEY         course and chapter, such as vm-migration-and-clustering/create-a-cluster
  --step ID             judge this step alone
  --baseline FILE       what the lab was like before; checks of change need it
  --save-baseline FILE  store what the lab is like now, judge nothing
  --observation FILE    judge this stored observation instead of asking the nodes; a receipt's file holds all that
                        was judged, and the chapter and its values with it
  --save-observation FILE
  --var NAME=VALUE      a value of the learner's own; may be given several times
  --json                print the verdicts as one line of JSON
Exit status: 0 passed, 1 not yet, 2 could not check.`;

const EXIT: Record<Outcome, number> = { passed: 0, "not-yet": 1, "could-not-check": 2 };
const MARK: Record<Outcome, string> = { passed: "passed ", "not-yet": "not yet", "could-not-check": "unknown" };

/** Something the caller has to mend; one line that says what and how. */
class Usage extends Error {}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      lab: { type: "string" },
      chapter: { type: "string" },
      step: { type: "string" },
      baseline: { type: "string" },
      "save-baseline": { type: "string" },
      observation: { type: "string" },
      "save-observation": { type: "string" },
      var: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { lab, observation: stored } = values;
  if (values.baseline !== undefined && values["save-baseline"] !== undefined) {
    throw new Usage("--baseline and --save-baseline exclude each other: store it first, judge against it later");
  }
  if (lab === undefined && stored === undefined)
    throw new Usage("--lab FILE is missing: npm run lab -- --json > FILE makes one");

  const seen = stored === undefined ? undefined : await readSeen(stored);
  const whole = seen && "observation" in seen ? seen : undefined;
  const key = values.chapter ?? whole?.chapter;
  const baseline = values.baseline === undefined ? whole?.baseline : await readStored(values.baseline, "--baseline");
  const look = async (needs?: Needs): Promise<Observation> => {
    if (seen) return "observation" in seen ? seen.observation : seen;
    return observe(await readLab(lab!), { ...(baseline && { baseline }), ...(needs && { needs }) });
  };
  if (values["save-baseline"] !== undefined) {
    const known = key === undefined ? undefined : findChapter(await loadCourses(), key);
    const now = await look(known && needsOf(await loadChapterChecks(known), selfPacedVariables(known.chapter)));
    await save(values["save-baseline"], now);
    const silent = now.nodes.filter((node) => !node.reached.answered).map((node) => node.name);
    if (silent.length > 0) process.stderr.write(`stored, but without ${silent.join(", ")}, which did not answer\n`);
    return silent.length > 0 ? EXIT["could-not-check"] : 0;
  }

  if (key === undefined) throw new Usage(`--chapter COURSE/CHAPTER is missing: ${await chapterKeys()}`);
  const chapter = findChapter(await loadCourses(), key);
  if (!chapter) throw new Usage(`there is no chapter ${key}: ${await chapterKeys()}`);
  const steps = chapter.chapter.steps.map((step) => step.id);
  if (values.step !== undefined && !steps.includes(values.step)) {
    throw new Usage(`the chapter has no step ${values.step}: its steps are ${steps.join(", ")}`);
  }
  const variables = {
    ...selfPacedVariables(chapter.chapter),
    ...whole?.variables,
    ...given(values.var, Object.keys(chapter.chapter.variables)),
  };
  const checks = await loadChapterChecks({ ...chapter, course: chapter.course });
  const observation = await look(needsOf(checks, variables));
  if (values["save-observation"] !== undefined) await save(values["save-observation"], observation);

  const context = {
    ...(whole ? contextOf(whole) : { observation, history: [] }),
    ...{ variables, ...(baseline && { baseline }) },
  };
  const verdicts = judge(chapter, checks, context).filter(
    (verdict) => values.step === undefined || verdict.key.split("/")[2] === values.step,
  );
  const outcome = outcomeOf(verdicts);
  const score = scoreOf(verdicts);
  if (values.json) {
    const { takenAt, lab: name } = observation;
    const result = { lab: name, chapter: key, takenAt, outcome, score, contentHash: chapter.contentHash, variables };
    process.stdout.write(`${JSON.stringify({ ...result, checks: verdicts.map(withSentences) })}\n`);
  } else process.stdout.write(`${readable(verdicts)}\n${MARK[outcome].trim()}, score ${Math.round(score * 100)} %\n`);
  for (const { key, outcome } of whole ? verdicts : []) {
    const was = whole!.outcomes[key.split("/").slice(2).join("/")];
    if (was !== undefined && was !== outcome) process.stderr.write(`${key} was ${was} when it was judged first\n`);
  }
  return EXIT[outcome];
}

function readable(verdicts: CheckVerdict[]): string {
  return verdicts
    .map((verdict) => {
      const { key, outcome, message, seen, expected, next } = verdict;
      const lines = [`${MARK[outcome]}  ${key.split("/").slice(2).join("/")}: ${inWords(message)}`];
      if (outcome !== "passed") {
        if (seen) lines.push(`           seen      ${inWords(seen)}`);
        if (expected) lines.push(`           expected  ${inWords(expected)}`);
        if (next) lines.push(`           next      ${inWords(next)}`);
      }
      return lines.join("\n");
    })
    .join("\n");
}

function withSentences(verdict: CheckVerdict) {
  return { ...verdict, sentence: inWords(verdict.message) };
}

function given(pairs: string[], known: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Usage(`--var ${pair}: expected NAME=VALUE`);
      const name = pair.slice(0, at);
      if (!known.includes(name))
        throw new Usage(`the chapter has no value ${name}: ${known.join(", ") || "none at all"}`);
      return [name, pair.slice(at + 1)];
    }),
  );
}

async function readLab(file: string) {
  const result = labDescription.safeParse(await readJson(file, "--lab"));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Usage(`--lab ${file} is no lab's description: ${issue!.path.join(".") || "it"}: ${issue!.message}`);
}

/** An observation alone, or all that something was judged on. */
async function readSeen(file: string): Promise<Observation | Judgement> {
  const value = await readJson(file, "--observation");
  const isWhole = typeof value === "object" && value !== null && "format" in value && value.format === JUDGEMENT_FORMAT;
  if (!isWhole) return asObservation(value, file, "--observation");
  const parsed = judgement.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Usage(
    `--observation ${file} was written by another version of Quorate: ${parsed.error.issues[0]!.message}`,
  );
}

async function readStored(file: string, option: string): Promise<Observation> {
  return asObservation(await readJson(file, option), file, option);
}

function asObservation(value: unknown, file: string, option: string): Observation {
  try {
    return readObservation(value);
  } catch {
    throw new Usage(`${option} ${file} is no stored observation: --save-baseline FILE makes one`);
  }
}

async function readJson(file: string, option: string): Promise<unknown> {
  const text = await (file === "-" ? readStandardInput() : readFile(file, "utf8")).catch((cause: Error) => {
    throw new Usage(`${option} ${file} cannot be read: ${cause.message}`);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Usage(`${option} ${file} is not JSON: ${(cause as Error).message}`);
  }
}

async function readStandardInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin) text += String(chunk);
  return text;
}

async function save(file: string, value: Observation): Promise<void> {
  await writeFile(file, `${JSON.stringify(value)}\n`).catch((cause: Error) => {
    throw new Usage(`${file} cannot be written: ${cause.message}`);
  });
}

async function chapterKeys(): Promise<string> {
  const courses = await loadCourses();
  const keys = courses.flatMap(({ course, chapters }) => chapters.map(({ chapter }) => `${course.id}/${chapter.id}`));
  return `the chapters are ${keys.join(", ")}`;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const wrongOption =
      error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    if (wrongOption) process.stderr.write(`${error.message.split(". ")[0]}; --help lists the options\n`);
    else if (error instanceof Usage || error instanceof ContentError) process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`the grader failed; this is a bug: ${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = EXIT["could-not-check"];
  },
);
