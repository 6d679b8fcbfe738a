import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { builtDirectory } from "./built-chapters.ts";
import { courseLoader, loadCourses } from "./courses.ts";

const real = fileURLToPath(new URL("..", import.meta.url));
const course = "vm-migration-and-clustering";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-courses-"));
  await cp(join(real, course), join(folder, course), { recursive: true });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const load = () => loadCourses({ contentDirectory: folder, cacheDirectory: join(folder, "cache"), builtDirectory });
const chapterFolder = () => join(folder, course, "05-create-a-cluster");

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

it("the courses of this repository load whole", async () => {
  const courses = await loadCourses({ contentDirectory: real, cacheDirectory: join(folder, "cache"), builtDirectory });
  for (const { chapters } of courses.all()) {
    for (const chapter of chapters) {
      expect(chapter.texts.en?.outline.steps, chapter.id).toEqual(chapter.steps.map((step) => step.id));
    }
  }
  expect(courses.chapter(course, "create-a-cluster")?.chapter.number).toBe(5);
});

it("an unknown chapter or course is not found", async () => {
  const courses = await load();
  expect(courses.chapter(course, "no-such-chapter")).toBeUndefined();
  expect(courses.chapter("no-such-course", "create-a-cluster")).toBeUndefined();
});

it("a chapter is found by an id that it once had", async () => {
  const file = join(chapterFolder(), "chapter.yaml");
  await edit(file, "id: create-a-cluster\n", "id: make-a-cluster\nwas: [create-a-cluster]\n");
  expect((await load()).chapter(course, "create-a-cluster")?.chapter.id).toBe("make-a-cluster");
});

it("two chapters with one id are refused", async () => {
  await cp(chapterFolder(), join(folder, course, "06-again"), { recursive: true });
  await expect(load()).rejects.toThrow(/06-again\/chapter\.yaml: a second chapter with the id create-a-cluster/);
});

it("a course whose folder has another name is refused", async () => {
  await rename(join(folder, course), join(folder, "other"));
  await expect(load()).rejects.toThrow(/the id is vm-migration-and-clustering, but the folder is other/);
});

it("a chapter without a text is refused", async () => {
  await rm(join(chapterFolder(), "text.en.mdx"));
  await expect(load()).rejects.toThrow(/text\.en\.mdx: the chapter has no text/);
});

it("a malformed chapter.yaml is told with file, line and column", async () => {
  await edit(join(chapterFolder(), "chapter.yaml"), "minutes: 20", "minutes: soon");
  await expect(load()).rejects.toThrow(/chapter\.yaml:4:10: minutes: /);
});

it("an author's edit is seen at the next call when asked for", async () => {
  const options = { contentDirectory: folder, cacheDirectory: join(folder, "cache") };
  const [once, everyTime] = [courseLoader(options), courseLoader({ ...options, everyTime: true })];
  await Promise.all([once(), everyTime()]);
  await edit(join(chapterFolder(), "chapter.yaml"), "minutes: 20", "minutes: 30");
  const minutes = async (courses: typeof once) =>
    (await courses()).chapter(course, "create-a-cluster")?.chapter.minutes;
  expect([await minutes(once), await minutes(everyTime)]).toEqual([20, 30]);
});

it("a link to a chapter or place that does not exist is refused with its line", async () => {
  const file = join(chapterFolder(), "text.en.mdx");
  await edit(file, "## What a cluster is\n", "## What a cluster is\n\n[there](no-such-chapter)\n");
  await expect(load()).rejects.toThrow(
    /text\.en\.mdx:\d+.*a link to no-such-chapter, and the course has no such chapter/,
  );
  await edit(file, "(no-such-chapter)", "(quorum#no-such-place)");
  await expect(load()).rejects.toThrow(/a link to quorum#no-such-place; its places are more-than-half/);
  await edit(file, "(quorum#no-such-place)", "(#no-such-place)");
  await expect(load()).rejects.toThrow(/there is no place #no-such-place here/);
  await edit(file, "(#no-such-place)", "(https://example.org)");
  await expect(load()).rejects.toThrow(/other books stand by title/);
  await edit(file, "(https://example.org)", "(quorum#step-lose-one)");
  expect((await load()).course(course)?.chapters).toBeDefined();
});
