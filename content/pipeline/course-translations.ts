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

/** `language` says which one it is in: English where nobody has written it in the one that was asked for. */
type In<T> = T & { language: string };

export interface CourseWords {
  /** In other languages than English, by language; from `course.es.yaml`. */
  titles: Record<string, CourseTitles>;
  /** Words of the trade by language, in the order of the file; `en` is there if any is. */
  glossary: Record<string, In<GlossaryTerm>[]>;
  /** What the commands of the course do, by language. */
  commands: Record<string, In<CommandEntry>[]>;
}

const FILE = /^(course|glossary|commands)\.([a-z]{2}(?:-[A-Z]{2})?)\.yaml$/;

/** @throws ContentError where a translation has what the English file has not */
export async function readCourseWords(folder: string): Promise<CourseWords> {
  const found: CourseWords = { titles: {}, glossary: {}, commands: {} };
  const names = (await readdir(folder)).sort();
  const english = async <T>(name: string, schema: z.ZodType<T[]>): Promise<In<T>[] | undefined> =>
    names.includes(name)
      ? (await readYamlFile(join(folder, name), schema)).map((one) => ({ ...one, language: "en" }))
      : undefined;
  const terms = await english("glossary.en.yaml", glossaryFile);
  const commands = await english("commands.en.yaml", commandsFile);
  if (terms) found.glossary.en = terms;
  if (commands) found.commands.en = commands;
  for (const name of names) {
    const [, what, language = ""] = FILE.exec(name) ?? [];
    if (what === undefined || language === "en") continue;
    const file = join(folder, name);
    if (what === "course") found.titles[language] = await readYamlFile(file, courseTitlesFile);
    else if (what === "glossary") {
      const own = await readYamlFile(file, glossaryTranslationFile);
      const known = new Map((terms ?? []).map((one) => [one.id, one]));
      refuseOthers(
        file,
        own.map(({ id }) => id),
        [...known.keys()],
      );
      const written = new Set(own.map(({ id }) => id));
      found.glossary[language] = [
        ...own.map((one) => ({ ...known.get(one.id)!, ...one, language })),
        ...(terms ?? []).filter(({ id }) => !written.has(id)),
      ];
    } else {
      const own = new Map((await readYamlFile(file, commandsTranslationFile)).map((one) => [one.command, one]));
      refuseOthers(
        file,
        [...own.keys()],
        (commands ?? []).map(({ command }) => command),
      );
      found.commands[language] = (commands ?? []).map((one) => {
        const written = own.get(one.command);
        return written ? { ...one, form: written.form ?? one.form, does: written.does, language } : one;
      });
    }
  }
  return found;
}

/** No other state has a title than those that chapters begin with. @throws ContentError */
export function refuseOtherStages(folder: string, titles: CourseWords["titles"], stages: readonly string[]): void {
  for (const [language, { stages: own }] of Object.entries(titles)) {
    refuseOthers(join(folder, `course.${language}.yaml`), Object.keys(own), stages, "stages: ");
  }
}

function refuseOthers(file: string, own: readonly string[], known: readonly string[], where = ""): void {
  const extra = own.find((name) => !known.includes(name));
  if (extra !== undefined) throw new ContentError({ file }, `${where}the English course has no ${extra}`);
}
