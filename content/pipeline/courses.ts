/**
 * The courses of a content folder, whole: `course.yaml`, every chapter's `chapter.yaml` and its compiled text.
 *
 * Loading compiles what the cache does not hold, so it belongs to a build or a start and never to a request.
 */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { type CompiledText, compileChapter } from "./compile-chapter.ts";
import { ContentError } from "./content-error.ts";
import { type ChapterFile, chapterFile, courseFile } from "./schemas.ts";
import { readYamlFile } from "./yaml-file.ts";

/** A chapter: what `chapter.yaml` says, its place in the course, and its text by language (`en` is always there). */
export interface Chapter extends ChapterFile {
  /** From the folder's name: `05-create-a-cluster` is 5. */
  number: number;
  folder: string;
  texts: Record<string, CompiledText>;
}

export interface Course {
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

export interface CoursesToLoad {
  /** Folder that holds one folder for each course. */
  contentDirectory: string;
  cacheDirectory: string;
}

const FOLDER = /^(\d{2})-[a-z0-9-]+$/;
const TEXT = /^text\.([a-z]{2}(?:-[A-Z]{2})?)\.mdx$/;

/** @throws ContentError with file, line and column of the first mistake */
export async function loadCourses(options: CoursesToLoad): Promise<Courses> {
  const courses: Course[] = [];
  for (const entry of await readdir(options.contentDirectory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(options.contentDirectory, entry.name);
    if ((await readdir(folder)).includes("course.yaml")) courses.push(await loadCourse(folder, options.cacheDirectory));
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

async function loadCourse(folder: string, cacheDirectory: string): Promise<Course> {
  const file = join(folder, "course.yaml");
  const { id, was, title, summary } = await readYamlFile(file, courseFile);
  if (id !== basename(folder))
    throw new ContentError({ file }, `the id is ${id}, but the folder is ${basename(folder)}`);
  const chapters: Chapter[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const number = FOLDER.exec(name)?.[1];
    if (number !== undefined) chapters.push(await loadChapter(join(folder, name), Number(number), cacheDirectory));
  }
  if (chapters.length === 0) throw new ContentError({ file }, "the course has no chapter, such as 01-your-lab");
  const twice = chapters.find((chapter, at) => chapters.findIndex(({ id: other }) => other === chapter.id) !== at);
  if (twice)
    throw new ContentError({ file: join(twice.folder, "chapter.yaml") }, `a second chapter with the id ${twice.id}`);
  return { id, was, title, summary, chapters };
}

async function loadChapter(folder: string, number: number, cacheDirectory: string): Promise<Chapter> {
  const chapter = await readYamlFile(join(folder, "chapter.yaml"), chapterFile);
  const { nodes } = chapter.lab;
  const values = [
    ...Object.keys(chapter.variables),
    ...nodes.flatMap((node) => [`password.${node}`, `address.${node}`]),
  ];
  const texts: Record<string, CompiledText> = {};
  for (const name of await readdir(folder)) {
    const language = TEXT.exec(name)?.[1];
    if (language === undefined) continue;
    const file = join(folder, name);
    texts[language] = await compileChapter({ file, ids: chapter, nodes, values, cacheDirectory });
  }
  if (texts.en === undefined) throw new ContentError({ file: join(folder, "text.en.mdx") }, "the chapter has no text");
  return { ...chapter, number, folder, texts };
}
