/** What a course's search finds: passages of chapters, words of the glossary, commands. */
import { type Course, listIn, titlesIn } from "./courses.ts";
import { type Found, makeIndex } from "./search-index.ts";

/** Made once for a course as it was loaded, a language, and the chapters that somebody may open. */
const made = new WeakMap<Course, Map<string, string>>();

/**
 * The index of a course in a language; a chapter without a text in it is found in English, as its page is.
 *
 * @param open ids of the chapters that somebody may open; all unless said
 */
export function searchIndexOf(course: Course, language: string, open?: readonly string[]): string {
  const chapters = course.chapters.filter(({ id }) => open?.includes(id) ?? true);
  const known = made.get(course) ?? new Map<string, string>();
  made.set(course, known);
  const key = [language, ...chapters.map(({ id }) => id)].join(" ");
  let index = known.get(key);
  if (index === undefined) {
    index = makeIndex(entriesOf(course, language, new Set(chapters.map(({ id }) => id))));
    known.set(key, index);
  }
  return index;
}

function entriesOf(course: Course, language: string, open: ReadonlySet<string>): Found[] {
  const base = `/learn/${course.id}`;
  const passages = course.chapters
    .filter(({ id }) => open.has(id))
    .flatMap((chapter) => {
      const text = chapter.texts[language] ?? chapter.texts.en;
      const titles = titlesIn(chapter, language);
      const where = `${chapter.number} ${titles.title}`;
      return (text?.passages ?? []).map((passage): Found => {
        const href = `${base}/${chapter.id}${passage.anchor && `#${passage.anchor}`}`;
        const stepId = /^step-(.+)$/.exec(passage.anchor)?.[1];
        const step = chapter.steps.find(({ id }) => id === stepId);
        const title = step ? (titles.steps[step.id] ?? step.title) : passage.title || titles.title;
        return { href, title, where, text: passage.text, language: text === chapter.texts[language] ? language : "en" };
      });
    });
  const words = listIn(course.glossary, language).map(
    ({ id, term, text, language: own }): Found => ({
      ...{ href: `${base}/glossary#${id}`, title: term, where: "word", text },
      language: own,
    }),
  );
  const commands = listIn(course.commands, language).map(
    ({ command, form, does, language: own }): Found => ({
      href: `${base}/glossary#${commandAnchor(command)}`,
      title: form,
      where: "command",
      text: does,
      language: own,
    }),
  );
  return [...passages, ...words, ...commands];
}

/** The id of a command in the list of commands: `command-qm-migrate`. */
export function commandAnchor(command: string): string {
  return `command-${command.replace(/[^\w]+/g, "-")}`;
}
