import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadCourses } from "./courses.ts";
import { loadCourse, loadProofs } from "./load-chapter.ts";
import { newChapter } from "./new-chapter.ts";

let root: string;
let course: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "quorate-new-"));
  course = join(root, "my-course");
  await mkdir(join(course, "stages"), { recursive: true });
  await writeFile(join(course, "course.yaml"), "id: my-course\ntitle: Mine\nsummary: A course.\n");
  await writeFile(
    join(course, "stages", "three-node-cluster.yaml"),
    "title: a cluster\ndo:\n  - { on: pve1, run: pvecm create lab }\n",
  );
});

afterEach(() => rm(root, { recursive: true, force: true }));

it("a new chapter loads, compiles, and has what its proof needs", async () => {
  await newChapter(course, "01-my-subject");
  const courses = await loadCourses({ contentDirectory: root, cacheDirectory: join(root, "cache") });
  expect(courses.chapter("my-course", "my-subject")?.chapter.texts.en?.outline.questions).toHaveLength(1);
  expect(courses.chapter("my-course", "my-subject")?.chapter.notes.en).toBeDefined();
  const { chapters } = await loadCourse(course);
  expect((await loadProofs(chapters[0]!)).wrong).toHaveLength(1);
});

it("in a course without stages a new chapter begins with fresh nodes, and a course that is not there is named", async () => {
  await rm(join(course, "stages"), { recursive: true });
  await newChapter(course, "01-my-subject");
  const { chapters } = await loadCourse(course);
  expect((await loadProofs(chapters[0]!)).stage.actions).toEqual([]);
  await expect(newChapter(join(root, "other"), "01-my-subject")).rejects.toThrow(
    /other\/course.yaml: write this first/,
  );
});

it("a taken number and a name that is none are refused, and nothing is written over", async () => {
  await newChapter(course, "01-my-subject");
  await expect(newChapter(course, "01-other")).rejects.toThrow(/the number 01 belongs to 01-my-subject/);
  await expect(newChapter(course, "My Subject")).rejects.toThrow(/such as 14-my-subject/);
});
