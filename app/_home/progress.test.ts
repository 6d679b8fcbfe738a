import { expect, it } from "vitest";
import type { Chapter, Course } from "../../content/pipeline/courses.ts";
import { standing } from "./progress.ts";

const course = {
  id: "c",
  was: [],
  title: "Course",
  summary: "",
  titles: {},
  glossary: {},
  commands: {},
  chapters: [
    {
      id: "one",
      number: 1,
      title: "One",
      aim: "begin.",
      minutes: 5,
      steps: [{ id: "a", title: "A" }],
      titles: { es: { title: "Uno", aim: "empezar.", steps: { a: "Paso A" } } } as Chapter["titles"],
    },
    {
      id: "two",
      number: 2,
      title: "Two",
      minutes: 5,
      titles: {},
      steps: [
        { id: "b", title: "B" },
        { id: "d", title: "D" },
      ],
    },
  ] as Chapter[],
} satisfies Course;

const at = new Date(0);

it("a learner who never came starts with the first chapter", () => {
  expect(standing(course, new Set(), undefined).resume).toMatchObject({ begun: false, href: "/learn/c/one" });
});

it("a learner who comes back goes on at the last chapter and step", () => {
  const position = { courseId: "c", chapterId: "two", stepId: "d", at };
  expect(standing(course, new Set(), position).resume).toMatchObject({
    begun: true,
    href: "/learn/c/two",
    step: { number: 2, title: "D" },
  });
});

it("a chapter that no longer exists is not a place to go on", () => {
  const position = { courseId: "c", chapterId: "gone", stepId: "d", at };
  expect(standing(course, new Set(), position).resume).toMatchObject({ begun: false, href: "/learn/c/one" });
});

it("only steps of this course count as passed", () => {
  const found = standing(course, new Set(["c/two/b", "other/two/d"]), undefined);
  expect([found.stepsPassed, found.stepsTotal]).toEqual([1, 3]);
  expect(found.chapters[1]?.steps.map((step) => step.passed)).toEqual([true, false]);
});

it("titles are in the reader's language where the course has them, and say which they are in", () => {
  const { chapters, resume } = standing(course, new Set(), { courseId: "c", chapterId: "one", stepId: "a", at }, "es");
  expect(chapters.map(({ title, aim, language }) => [title, aim, language])).toEqual([
    ["Uno", "empezar.", "es"],
    ["Two", undefined, "en"],
  ]);
  expect(resume).toMatchObject({ title: "Uno", language: "es", step: { number: 1, title: "Paso A" } });
});
