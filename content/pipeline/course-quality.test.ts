/** What every chapter of this repository's courses has, whoever wrote it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtDirectory } from "./built-chapters.ts";
import { readingMinutes, sittings, sumOfMinutes } from "./course-time.ts";
import { type Chapter, type Course, loadCourses } from "./courses.ts";

const contentDirectory = fileURLToPath(new URL("..", import.meta.url));
let cacheDirectory: string;
let course: Course;

beforeAll(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), "quorate-quality-"));
  course = (await loadCourses({ contentDirectory, cacheDirectory, builtDirectory })).course(
    "vm-migration-and-clustering",
  )!;
});
afterAll(() => rm(cacheDirectory, { recursive: true, force: true }));

const wrongOf = (is: (chapter: Chapter) => boolean) => course.chapters.filter((one) => !is(one)).map(({ id }) => id);
const source = ({ folder }: Chapter, language = "en") => readFile(join(folder, `text.${language}.mdx`), "utf8");

it("every chapter has an aim, a summary, two questions or more, and further reading by title", async () => {
  expect(wrongOf(({ aim }) => aim !== "")).toEqual([]);
  expect(wrongOf(({ texts }) => texts.en!.outline.questions.length >= 2)).toEqual([]);
  const without: string[] = [];
  for (const chapter of course.chapters) {
    const text = await source(chapter);
    const parts = ["<Summary>", "## Further reading\n\n- *"];
    without.push(...parts.filter((part) => !text.includes(part)).map((part) => `${chapter.id}: ${part}`));
  }
  expect(without).toEqual([]);
});

it("every chapter has a figure or a lab", async () => {
  const figures = /<(PartitionExplorer|Precopy|SplitBrain|SharedDisk|Fencing|TokenRing|Alternatives|Availability) \/>/;
  const texts = new Map<string, string>();
  for (const chapter of course.chapters) texts.set(chapter.id, await source(chapter));
  expect(wrongOf(({ id, steps }) => steps.length > 0 || figures.test(texts.get(id)!))).toEqual([]);
});

it("every text is read in five to ten minutes", () => {
  const minutes = course.chapters.map(({ id, texts }) => [id, readingMinutes(texts.en!.outline.words)] as const);
  expect(minutes.filter(([, reading]) => reading < 5 || reading > 10)).toEqual([]);
});

it("the core path is two sittings of two hours", () => {
  const core = course.chapters.filter((chapter) => chapter.core);
  expect(core.map(({ number }) => number).filter((number) => number <= 12)).toEqual([1, 3, 4, 5, 6, 8, 9, 12]);
  expect(sittings(core.filter(({ number }) => number <= 12)).map(sumOfMinutes)).toHaveLength(2);
});

it("every chapter has notes for whoever teaches it: how long, what goes wrong, what to ask", async () => {
  const without: string[] = [];
  for (const { id, folder, notes } of course.chapters) {
    const text = notes.en ? await readFile(join(folder, "notes.en.mdx"), "utf8") : "";
    const parts = ["### Timing", "### What goes wrong", "### Questions to ask"];
    without.push(...parts.filter((part) => !text.includes(part)).map((part) => `${id}: ${part}`));
  }
  expect(without).toEqual([]);
});

it("every word of the glossary that a chapter explains is marked in that chapter's text", async () => {
  const unmarked: string[] = [];
  for (const { id, chapter: where } of course.glossary.en ?? []) {
    const chapter = course.chapters.find((one) => one.id === where);
    if (chapter && !(await source(chapter)).includes(`<Term id="${id}">`)) unmarked.push(`${id} in ${where}`);
  }
  expect(unmarked).toEqual([]);
});

it("the notes for whoever teaches count the same minutes as the chapter", async () => {
  const wrong: string[] = [];
  for (const { id, folder, minutes } of course.chapters) {
    const said = /### Timing\n\n(\d+) minutes/.exec(await readFile(join(folder, "notes.en.mdx"), "utf8"))?.[1];
    if (Number(said) !== minutes) wrong.push(`${id}: ${said}, and chapter.yaml has ${minutes}`);
  }
  expect(wrong).toEqual([]);
});
