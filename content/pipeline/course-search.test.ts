import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtDirectory } from "./built-chapters.ts";
import { searchIndexOf } from "./course-search.ts";
import { type Course, loadCourses } from "./courses.ts";
import { openIndex } from "./search-index.ts";

const real = fileURLToPath(new URL("..", import.meta.url));
let cache: string;
let course: Course;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "quorate-search-"));
  course = (await loadCourses({ contentDirectory: real, cacheDirectory: cache, builtDirectory })).course(
    "vm-migration-and-clustering",
  )!;
});

afterAll(() => rm(cache, { recursive: true, force: true }));

it("a section, a step, a word and a command of the course are found at their own place", () => {
  const find = openIndex(searchIndexOf(course, "en"));
  const hrefs = (asked: string) => find(asked).map(({ href }) => href);
  expect(hrefs("what is real here")).toContain("/learn/vm-migration-and-clustering/your-lab#what-is-real-here");
  const step = course.chapters.find(({ id }) => id === "create-a-cluster")!.steps[0]!;
  expect(hrefs(step.title)).toContain(`/learn/vm-migration-and-clustering/create-a-cluster#step-${step.id}`);
  expect(hrefs("qdevice")).toContain("/learn/vm-migration-and-clustering/glossary#qdevice");
  expect(hrefs("pvecm delnode")).toContain("/learn/vm-migration-and-clustering/glossary#command-pvecm-delnode");
});

it("in Spanish the Spanish text is found, and English where there is no other", () => {
  const find = openIndex(searchIndexOf(course, "es"));
  expect(
    find("simulados")
      .map(({ href }) => href)
      .join(" "),
  ).toContain("/your-lab#");
  expect(find("quorum").length).toBeGreaterThan(0);
});

it("a chapter that a class has not opened is not found, and neither is any of its text", () => {
  const open = ["your-lab"];
  const json = searchIndexOf(course, "en", open);
  expect(json).toContain("/your-lab#");
  for (const { id } of course.chapters) if (!open.includes(id)) expect(json).not.toContain(`/${id}#`);
});

it("hints and answers are not in the index", async () => {
  const text = await readFile(join(real, "vm-migration-and-clustering", "01-your-lab", "text.en.mdx"), "utf8");
  expect(text).toContain("did you type the command on `pve1`?");
  const json = searchIndexOf(course, "en");
  expect(json).not.toContain("did you type the command on");
  const why = /<Choice[^>]* why="([^"]{20,})"/.exec(
    await readFile(join(real, "vm-migration-and-clustering", "10-alternatives", "text.en.mdx"), "utf8"),
  )?.[1];
  expect(why).toBeDefined();
  expect(json).not.toContain(why);
});
