/** A course's own words in other languages: its title, the states its labs begin with, words of the trade, commands. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { ContentError } from "./content-error.ts";
import {
  type CommandEntry,
  type CourseTitles,
  commandsFile,
  commandsTranslationFile,
  courseTitlesFile,
  type GlossaryTerm,
  glossaryFile,
  glossaryTranslationFile,
} from "./schemas.ts";
import { readYamlFile } from "./yaml-file.ts";

export interface CourseWords {
  /** In other languages than English, by language; from `course.es.yaml`. */
  titles: Record<string, CourseTitles>;
  /** Words of the trade by language, in the order of the file; `en` is there if any is. */
  glossary: Record<string, GlossaryTerm[]>;
  /** What the commands of the course do, by language. */
  commands: Record<string, CommandEntry[]>;
}

const FILE = /^(course|glossary|commands)\.([a-z]{2}(?:-[A-Z]{2})?)\.yaml$/;

/** @throws ContentError where a translation lacks something, or has what the English file has not */
export async function readCourseWords(folder: string): Promise<CourseWords> {
  const found: CourseWords = { titles: {}, glossary: {}, commands: {} };
  const read = async <T>(name: string, schema: z.ZodType<T>): Promise<T[]> =>
    (await readdir(folder)).includes(name) ? [await readYamlFile(join(folder, name), schema)] : [];
  const [terms] = await read("glossary.en.yaml", glossaryFile);
  const [commands] = await read("commands.en.yaml", commandsFile);
  if (terms) found.glossary.en = terms;
  if (commands) found.commands.en = commands;
  for (const name of (await readdir(folder)).sort()) {
    const [, what, language = ""] = FILE.exec(name) ?? [];
    if (what === undefined || language === "en") continue;
    const file = join(folder, name);
    if (what === "course") found.titles[language] = await readYamlFile(file, courseTitlesFile);
    else if (what === "glossary") {
      const entries = await readYamlFile(file, glossaryTranslationFile);
      const english = new Map((terms ?? []).map((one) => [one.id, one]));
      refuseOthers(
        file,
        entries.map(({ id }) => id),
        [...english.keys()],
      );
      found.glossary[language] = entries.map((one) => ({ ...english.get(one.id)!, ...one }));
    } else {
      const entries = await readYamlFile(file, commandsTranslationFile);
      const translated = new Map(entries.map((one) => [one.command, one]));
      refuseOthers(
        file,
        [...translated.keys()],
        (commands ?? []).map(({ command }) => command),
      );
      found.commands[language] = (commands ?? []).map((one) => {
        const { form = one.form, does } = translated.get(one.command)!;
        return { ...one, form, does };
      });
    }
  }
  return found;
}

/** The states that chapters begin with have a title each, and nothing else has one. @throws ContentError */
export function refuseOtherStages(folder: string, titles: CourseWords["titles"], stages: readonly string[]): void {
  for (const [language, { stages: own }] of Object.entries(titles)) {
    refuseOthers(join(folder, `course.${language}.yaml`), Object.keys(own), stages, "stages: ");
  }
}

function refuseOthers(file: string, own: readonly string[], wanted: readonly string[], where = ""): void {
  const missing = wanted.find((name) => !own.includes(name));
  if (missing !== undefined) throw new ContentError({ file }, `${where}there is nothing for ${missing}`);
  const extra = own.find((name) => !wanted.includes(name));
  if (extra !== undefined) throw new ContentError({ file }, `${where}the course has no ${extra}`);
}
