/** What a chapter's page shows to one person: read once, when the page is made. */
import { exerciseOf } from "../../../../classroom/exercise-of.ts";
import type { Person } from "../../../../classroom/person.ts";
import { type Chapter, type Course, courseTitlesIn, listIn, titlesIn } from "../../../../content/pipeline/courses.ts";
import { drawnNames } from "../../../../content/pipeline/variables.ts";
import type { Lab } from "../../../../database/labs.ts";
import type { StepProgress } from "../../../../gateway/protocol.ts";
import type { Capability, LabNotice, RestorePoint } from "../../../../labs/labs.ts";
import type { WebRuntime } from "../../../../server/web-runtime.ts";
import { labPlace, ownLab } from "../../../_class/own-lab.ts";
import type { ChapterLink, ChapterView } from "../../../_course/chapter-view.ts";
import { keptLabel } from "../../../_course/kept-label.ts";
import { interfaceLanguages, pagesOf } from "../../../_words/languages.ts";
import { pagesEn } from "../../../_words/pages.en.ts";
import type { Reader } from "../../../_words/reader.ts";

export async function chapterView(
  runtime: WebRuntime,
  person: Person,
  course: Course,
  chapter: Chapter,
  { chosen, words }: Pick<Reader, "chosen" | "words">,
): Promise<ChapterView> {
  const language = chapter.texts[chosen] ? chosen : "en";
  const { database } = runtime;
  const chapterKey = `${course.id}/${chapter.id}`;
  const access = await labOf(runtime, person, course, chapter, language);
  const start = await runtime.chapterStart(chapterKey);
  const [passes, latest, hints, answers, position, exercise] = await Promise.all([
    database.stepPasses.ofPerson(person.id, chapterKey),
    access.lab ? database.attempts.latest(access.lab.id, chapterKey) : [],
    database.hints.opened(person.id, chapterKey),
    database.answers.latest(person.id, chapterKey),
    database.positions.get(person.id, course.id),
    chapter.exercise
      ? exerciseOf(database, person.id, chapterKey, chapter, access.lab ? { labId: access.lab.id } : {})
      : undefined,
  ]);

  const progress = chapter.steps.map((step): StepProgress => {
    const stepKey = `${chapterKey}/${step.id}`;
    const pass = passes.find((candidate) => candidate.stepKey === stepKey);
    return {
      step: step.id,
      passedAtMs: pass?.passedAt.getTime(),
      checks: latest
        .filter(({ verdict }) => verdict.key.startsWith(`${stepKey}/`))
        .map(({ verdict, judgedAt, sinceAt }) => ({
          ...verdict,
          judgedAtMs: judgedAt.getTime(),
          sinceMs: sinceAt.getTime(),
        })),
    };
  });

  // What was drawn for the lab is the exercise; no page tells it.
  const hidden = new Set(course.chapters.flatMap(drawnNames));
  const titles = titlesIn(chapter, language);
  const index = course.chapters.indexOf(chapter);
  return {
    courseId: course.id,
    courseTitle: courseTitlesIn(course, chosen).title,
    chapterId: chapter.id,
    number: chapter.number,
    title: titles.title,
    href: `/learn/${course.id}/${chapter.id}`,
    language,
    languages: [...new Set([...interfaceLanguages, ...Object.keys(chapter.texts)])],
    aim: titles.aim,
    minutes: chapter.minutes,
    steps: chapter.steps.map(({ id, title, checks }) => ({
      id,
      title: titles.steps[id] ?? title,
      checks: checks.map((check) => check.id),
    })),
    previous: linkTo(course, course.chapters[index - 1], chosen),
    next: linkTo(course, course.chapters[index + 1], chosen),
    values: Object.fromEntries(Object.entries(access.values).filter(([name]) => !hidden.has(name))),
    nodes: chapter.lab.nodes,
    webInterfaces: access.webInterfaces,
    labId: access.reachable ? access.lab?.id : undefined,
    labTrouble: access.trouble,
    stage: stageIn(course, chapter, chosen, start?.title),
    missing: chapter.needs.filter((need) => access.reachable && !access.capabilities.includes(need)),
    stageByHand: access.reachable && access.restorePoints === undefined ? start?.byHand(access.values) : undefined,
    canChangeState: access.restorePoints !== undefined,
    canPullCables: access.capabilities.includes("cables"),
    canResetNode: access.canResetNode,
    labNotice: access.notice && { kind: access.notice.kind, atMs: access.notice.atMs },
    restorePoints: (access.restorePoints ?? []).map(({ label, ...point }) => ({
      ...point,
      ...keptLabel(label, words),
    })),
    progress,
    exercise: exercise && {
      begunAtMs: exercise.begunAt?.getTime(),
      timesBegun: exercise.timesBegun,
      score: exercise.score,
      tookMs: exercise.tookMs,
    },
    hintsOpened: hints.map((hint) => `${hint.stepKey.slice(chapterKey.length + 1)}/hint-${hint.level}`),
    answers: Object.fromEntries(
      answers.map(({ key, given, outcome }) => [key.slice(chapterKey.length + 1), { given, outcome }]),
    ),
    ...glossaryOf(course, chosen),
    place: position?.chapterId === chapter.id ? (position.stepId ?? undefined) : undefined,
  };
}

interface LabAccess {
  lab: Lab | undefined;
  reachable: boolean;
  trouble: string | undefined;
  values: Record<string, string>;
  webInterfaces: ChapterView["webInterfaces"];
  /** Undefined where the lab cannot be put into another state. */
  restorePoints: RestorePoint[] | undefined;
  canResetNode: boolean;
  capabilities: readonly Capability[];
  notice: LabNotice | undefined;
}

/** The person's lab for the course, made on the first visit; a lab that cannot be had leaves a page to read. */
async function labOf(
  runtime: WebRuntime,
  person: Person,
  course: Course,
  chapter: Chapter,
  language: string,
): Promise<LabAccess> {
  const place = await labPlace(runtime.database, person.id, course);
  const { values } = place;
  let lab: Lab | undefined;
  try {
    lab = await ownLab(runtime.database, person.id, course.id, chapter.lab.nodes, place);
    // Asked for at every visit: a stop between the row and its nodes must not leave a lab without nodes.
    const made = { labId: lab.id, backend: lab.backend, nodes: lab.nodes, seed: lab.seed };
    const { nodes } = await runtime.labs.create(made);
    const capabilities = await runtime.labs.capabilities(lab.id);
    const stages = capabilities.includes("stages");
    const known = Object.entries(await runtime.labs.addresses(lab.id));
    const addresses = known.map(([node, address]) => [`address.${node}`, address]);
    // In the text's own language: it stands in the middle of it.
    const unknown = (pagesOf(language) ?? pagesEn)["lab.password-unknown"];
    const passwords = nodes.map((node) => [`password.${node.name}`, node.ssh.password ?? unknown]);
    return {
      lab,
      reachable: true,
      trouble: undefined,
      webInterfaces: nodes.flatMap(({ name, web }) =>
        /^https?:\/\//.test(web ?? "") ? [{ node: name, href: web! }] : [],
      ),
      capabilities,
      restorePoints: stages ? await runtime.labs.restorePoints(lab.id) : undefined,
      canResetNode: capabilities.includes("resetNode"),
      notice: stages ? await runtime.labs.notice(lab.id) : undefined,
      values: { ...values, ...lab.variables, ...Object.fromEntries(passwords), ...Object.fromEntries(addresses) },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const known = { ...values, ...lab?.variables };
    const unable = { restorePoints: undefined, canResetNode: false, notice: undefined, webInterfaces: [] };
    const capabilities: Capability[] = [];
    return { lab, reachable: false, trouble: reason, values: known, capabilities, ...unable };
  }
}

/** What the chapter's lab begins with, in the language that was chosen where the course has it. */
function stageIn(
  { titles }: Course,
  { stage }: Chapter,
  chosen: string,
  english: string | undefined,
): ChapterView["stage"] {
  const found = titles[chosen]?.stages[stage];
  if (found !== undefined) return { title: found, language: chosen };
  return english === undefined ? undefined : { title: english, language: "en" };
}

/** Cards in the language that was chosen, as long as the course has them in it. */
function glossaryOf(course: Course, chosen: string): Pick<ChapterView, "terms"> {
  const chapterOf = (id: string | undefined) => course.chapters.find((one) => one.id === id);
  const cards = listIn(course.glossary, chosen).map(({ id, term, text, chapter, language }) => [
    id,
    { term, text, language, chapter: linkTo(course, chapterOf(chapter), chosen) },
  ]);
  return { terms: Object.fromEntries(cards) };
}

function linkTo(course: Course, chapter: Chapter | undefined, chosen: string): ChapterLink | undefined {
  if (chapter === undefined) return undefined;
  const { title, language } = titlesIn(chapter, chosen);
  return { href: `/learn/${course.id}/${chapter.id}`, number: chapter.number, title, language };
}
