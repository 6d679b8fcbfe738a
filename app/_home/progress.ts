/** How far a person is in a course, and where they go on. */
import type { Person } from "../../classroom/person.ts";
import { type Chapter, type Course, courseTitlesIn, titlesIn } from "../../content/pipeline/courses.ts";
import type { Database } from "../../database/database.ts";
import type { Position } from "../../database/positions.ts";

export interface ChapterStanding {
  id: string;
  number: number;
  title: string;
  aim: string;
  /** Of the titles: the one asked for, or English. */
  language: string;
  minutes: number;
  /** Part of the shortest way through the course. */
  core: boolean;
  steps: { id: string; title: string; passed: boolean }[];
  stepsPassed: number;
}

export interface Resume {
  /** False before the first visit to a chapter. */
  begun: boolean;
  href: string;
  number: number;
  title: string;
  /** Of the titles. */
  language: string;
  step: { number: number; title: string } | undefined;
}

export interface CourseProgress {
  id: string;
  title: string;
  summary: string;
  /** Of title and summary. */
  language: string;
  chapters: ChapterStanding[];
  stepsPassed: number;
  stepsTotal: number;
  resume: Resume;
}

export async function progressOf(
  database: Pick<Database, "stepPasses" | "positions">,
  person: Person,
  course: Course,
  language: string,
): Promise<CourseProgress> {
  const [passes, position] = await Promise.all([
    database.stepPasses.ofPerson(person.id, course.id),
    database.positions.get(person.id, course.id),
  ]);
  return standing(course, new Set(passes.map((pass) => pass.stepKey)), position, language);
}

/** @param passed keys of passed steps, `course/chapter/step` */
export function standing(
  course: Course,
  passed: ReadonlySet<string>,
  position: Position | undefined,
  wanted = "en",
): CourseProgress {
  const chapters = course.chapters.map((chapter): ChapterStanding => {
    const { title, aim, language, steps: titles } = titlesIn(chapter, wanted);
    const steps = chapter.steps.map((step) => ({
      id: step.id,
      title: titles[step.id] ?? step.title,
      passed: passed.has(`${course.id}/${chapter.id}/${step.id}`),
    }));
    const { id, number, minutes, core } = chapter;
    const stepsPassed = steps.filter((step) => step.passed).length;
    return { id, number, title, aim, language, minutes, core, steps, stepsPassed };
  });
  return {
    id: course.id,
    ...courseTitlesIn(course, wanted),
    chapters,
    stepsPassed: chapters.reduce((sum, chapter) => sum + chapter.stepsPassed, 0),
    stepsTotal: chapters.reduce((sum, chapter) => sum + chapter.steps.length, 0),
    resume: resumeAt(course, position, wanted),
  };
}

/** The chapter of the last visit, or the first one; a chapter that is gone counts as never visited. */
function resumeAt(course: Course, position: Position | undefined, wanted: string): Resume {
  const visited = course.chapters.find((chapter) => chapter.id === position?.chapterId);
  const chapter = visited ?? (course.chapters[0] as Chapter);
  const { title, language, steps } = titlesIn(chapter, wanted);
  const stepIndex = visited ? chapter.steps.findIndex((step) => step.id === position?.stepId) : -1;
  const step = chapter.steps[stepIndex];
  return {
    begun: visited !== undefined,
    href: `/learn/${course.id}/${chapter.id}`,
    number: chapter.number,
    title,
    language,
    step: step && { number: stepIndex + 1, title: steps[step.id] ?? step.title },
  };
}
