/**
 * The courses of a content folder, whole: `course.yaml`, every chapter's `chapter.yaml` and its compiled text.
 *
 * Loading compiles what the cache does not hold, so it belongs to a build or a start and never to a request.
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { anchorsOf } from "./chapter-blocks.ts";
import { type CompiledText, compileChapter, type TextCache } from "./compile-chapter.ts";
import { ContentError } from "./content-error.ts";
import { type CourseWords, readCourseWords, refuseOtherStages } from "./course-translations.ts";
import { type ChapterFile, type ChapterTitles, chapterFile, courseFile, titlesFile } from "./schemas.ts";
import { parseOutputs } from "./shown-output.ts";
import { drawnNames } from "./variables.ts";
import { readYamlFile } from "./yaml-file.ts";

/** A chapter: what `chapter.yaml` says, its place in the course, and its text by language (`en` is always there). */
export interface Chapter extends ChapterFile {
  /** From the folder's name: `05-create-a-cluster` is 5. */
  number: number;
  folder: string;
  texts: Record<string, CompiledText>;
  /** Titles in other languages than English, by language; from `titles.es.yaml`. */
  titles: Record<string, ChapterTitles>;
  /** For whoever teaches it, by language; from `notes.en.mdx`. Nobody else gets them. */
  notes: Record<string, CompiledText>;
}

export interface Course extends CourseWords {
  id: string;
  was: string[];
  title: string;
  summary: string;
  /** In the order of their numbers. */
  chapters: Chapter[];
}

/** Courses as they were when they were loaded; ids that a course or chapter once had find it, too. */
export interface Courses {
  all(): Course[];
  course(courseId: string): Course | undefined;
  chapter(courseId: string, chapterId: string): { course: Course; chapter: Chapter } | undefined;
}

export interface CoursesToLoad extends TextCache {
  /** Folder that holds one folder for each course. */
  contentDirectory: string;
}

const FOLDER = /^(\d{2})-[a-z0-9-]+$/;
const TEXT = /^text\.([a-z]{2}(?:-[A-Z]{2})?)\.mdx$/;
const NOTES = /^notes\.([a-z]{2}(?:-[A-Z]{2})?)\.mdx$/;

/** @throws ContentError with file, line and column of the first mistake */
export async function loadCourses(options: CoursesToLoad): Promise<Courses> {
  const courses: Course[] = [];
  for (const entry of await readdir(options.contentDirectory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(options.contentDirectory, entry.name);
    if ((await readdir(folder)).includes("course.yaml")) courses.push(await loadCourse(folder, options));
  }
  return coursesOf(courses.sort((a, b) => a.title.localeCompare(b.title, "en")));
}

/**
 * The courses for a process that serves pages: loaded once, or with `everyTime` anew at each call, so that an author
 * sees an edit at the next reload (unchanged texts come from the cache).
 *
 * @returns a function that is rejected with ContentError while a file has a mistake
 */
export function courseLoader(options: CoursesToLoad & { everyTime?: boolean }): () => Promise<Courses> {
  let loaded: Promise<Courses> | undefined;
  return () => {
    if (loaded === undefined || options.everyTime === true) loaded = loadCourses(options);
    return loaded;
  };
}

/** The states that chapters begin with, other than fresh nodes; each once. */
export function preparedStages(chapters: readonly Pick<Chapter, "stage">[]): string[] {
  return [...new Set(chapters.map(({ stage }) => stage))].filter((stage) => stage !== "fresh");
}

/** A course's title and summary in a language; English where it has none. `language` says which they are in. */
export function courseTitlesIn(
  { title, summary, titles }: Pick<Course, "title" | "summary" | "titles">,
  language: string,
): { title: string; summary: string; language: string } {
  const found = titles[language];
  return found ? { title: found.title, summary: found.summary, language } : { title, summary, language: "en" };
}

/** A course's glossary or its commands in a language; the English ones where nobody has written a list in it. */
export function listIn<T>(lists: Readonly<Record<string, T[]>>, language: string): T[] {
  return lists[language] ?? lists.en ?? [];
}

/** A chapter's titles in a language; English where it has none. `language` says which they are in. */
export function titlesIn(chapter: Chapter, language: string): ChapterTitles & { language: string } {
  const { title, aim, titles } = chapter;
  const found = titles[language];
  return found ? { ...found, language } : { title, aim, steps: {}, language: "en" };
}

/** The look-ups over courses at hand. */
export function coursesOf(courses: Course[]): Courses {
  const called = (id: string) => (thing: { id: string; was: string[] }) => thing.id === id || thing.was.includes(id);
  const course = (courseId: string) => courses.find(called(courseId));
  return {
    all: () => courses,
    course,
    chapter(courseId, chapterId) {
      const found = course(courseId);
      const chapter = found?.chapters.find(called(chapterId));
      return found && chapter ? { course: found, chapter } : undefined;
    },
  };
}

async function loadCourse(folder: string, cache: TextCache): Promise<Course> {
  const file = join(folder, "course.yaml");
  const { id, was, title, summary } = await readYamlFile(file, courseFile);
  if (id !== basename(folder))
    throw new ContentError({ file }, `the id is ${id}, but the folder is ${basename(folder)}`);
  const chapters: Chapter[] = [];
  const names = (await readdir(folder)).sort();
  const words = await readCourseWords(folder);
  const terms = (words.glossary.en ?? []).map((term) => term.id);
  for (const name of names) {
    const number = FOLDER.exec(name)?.[1];
    if (number === undefined) continue;
    chapters.push(await loadChapter(join(folder, name), Number(number), terms, cache));
  }
  if (chapters.length === 0) throw new ContentError({ file }, "the course has no chapter, such as 01-your-lab");
  const twice = chapters.find((chapter, at) => chapters.findIndex(({ id: other }) => other === chapter.id) !== at);
  if (twice)
    throw new ContentError({ file: join(twice.folder, "chapter.yaml") }, `a second chapter with the id ${twice.id}`);
  for (const chapter of chapters) refuseLinksToNowhere(chapter, chapters);
  refuseOtherStages(folder, words.titles, preparedStages(chapters));
  return { id, was, title, summary, chapters, ...words };
}

function refuseLinksToNowhere({ folder, texts }: Chapter, chapters: readonly Chapter[]): void {
  for (const [language, { outline }] of Object.entries(texts)) {
    const file = join(folder, `text.${language}.mdx`);
    for (const { chapter: id, anchor, line } of outline.links) {
      const other = chapters.find((one) => one.id === id || one.was.includes(id));
      if (!other) throw new ContentError({ file, line }, `a link to ${id}, and the course has no such chapter`);
      const places = anchorsOf((other.texts[language] ?? other.texts.en!).outline);
      if (anchor !== "" && !places.includes(anchor)) {
        throw new ContentError({ file, line }, `a link to ${id}#${anchor}; its places are ${places.join(", ")}`);
      }
    }
  }
}

async function loadChapter(
  folder: string,
  number: number,
  terms: readonly string[],
  { cacheDirectory, builtDirectory }: TextCache,
): Promise<Chapter> {
  const cache = { cacheDirectory, builtDirectory };
  const chapter = await readYamlFile(join(folder, "chapter.yaml"), chapterFile);
  const { nodes } = chapter.lab;
  const hidden = drawnNames(chapter);
  const values = [
    ...Object.keys(chapter.variables).filter((name) => !hidden.includes(name)),
    ...nodes.flatMap((node) => [`password.${node}`, `address.${node}`]),
  ];
  const texts: Record<string, CompiledText> = {};
  const notes: Record<string, CompiledText> = {};
  const outputs = parseOutputs(await readFile(join(folder, "outputs.txt"), "utf8").catch(() => ""));
  for (const name of await readdir(folder)) {
    const ofNotes = NOTES.exec(name)?.[1];
    if (ofNotes !== undefined) {
      const file = join(folder, name);
      notes[ofNotes] = await compileChapter({ file, ids: { steps: [] }, nodes, values: [], ...cache });
    }
    const language = TEXT.exec(name)?.[1];
    if (language === undefined) continue;
    const file = join(folder, name);
    texts[language] = await compileChapter({ file, ids: chapter, nodes, values, outputs, terms, ...cache });
  }
  const titles: Record<string, ChapterTitles> = {};
  for (const language of Object.keys(texts)) {
    if (language === "en") continue;
    const file = join(folder, `titles.${language}.yaml`);
    titles[language] = await readYamlFile(file, titlesFile);
    refuseOtherSteps(file, titles[language], chapter);
    refuseOtherQuestions(join(folder, `text.${language}.mdx`), texts[language]!, texts.en);
  }
  if (texts.en === undefined) throw new ContentError({ file: join(folder, "text.en.mdx") }, "the chapter has no text");
  return { ...chapter, number, folder, texts, titles, notes };
}

/** A translation has a title for every step, and for no other. */
function refuseOtherSteps(file: string, titles: ChapterTitles, chapter: ChapterFile): void {
  const known = chapter.steps.map(({ id }) => id);
  const missing = known.find((id) => titles.steps[id] === undefined);
  if (missing !== undefined) throw new ContentError({ file }, `steps: there is no title for ${missing}`);
  const extra = Object.keys(titles.steps).find((id) => !known.includes(id));
  if (extra !== undefined) throw new ContentError({ file }, `steps.${extra}: the chapter has no such step`);
}

/** A translation asks what the English text asks, with as many choices, the same of them right. */
function refuseOtherQuestions(file: string, text: CompiledText, english: CompiledText | undefined): void {
  const shape = (compiled: CompiledText) =>
    compiled.outline.questions.map((key) =>
      key.kind === "number"
        ? `${key.id}: ${key.answer} within ${key.tolerance}`
        : `${key.id}: ${key.choices.map(({ right }) => (right ? "right" : "wrong")).join(", ")}`,
    );
  if (english === undefined) return;
  const [own, wanted] = [shape(text), shape(english)];
  const missing = wanted.find((line) => !own.includes(line));
  if (missing !== undefined)
    throw new ContentError({ file }, `the English text asks (${missing}), and this one does not`);
  const extra = own.find((line) => !wanted.includes(line));
  if (extra !== undefined) throw new ContentError({ file }, `this text asks (${extra}), and the English one does not`);
  const hints = english.outline.hints.find((hint) => !text.outline.hints.includes(hint));
  if (hints !== undefined) throw new ContentError({ file }, `the English text has ${hints}, and this one does not`);
}
