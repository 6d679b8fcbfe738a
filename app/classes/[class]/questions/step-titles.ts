/** What a course calls a chapter or step now; its key where it has it no more. */
import type { Course } from "../../../../content/pipeline/courses.ts";

/** @returns a function of `course/chapter` or `course/chapter/step` */
export function titlesOf(course: Course | undefined): (key: string) => string {
  return (key) => {
    const [, chapterId, stepId] = key.split("/");
    const chapter = course?.chapters.find(({ id }) => id === chapterId);
    if (stepId === undefined) return chapter?.title ?? key;
    return chapter?.steps.find(({ id }) => id === stepId)?.title ?? key;
  };
}
