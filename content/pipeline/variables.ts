/** The learner's own values, which a chapter's text and checks name: `clusterName`; and those that are drawn for a lab. */
import { createHash } from "node:crypto";
import type { ChapterFile } from "./schemas.ts";

type Variables = Pick<ChapterFile, "variables">;

/** The learner's own values for one who learns alone. Drawn ones belong to the lab and are not here. */
export function selfPacedVariables(chapter: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(chapter.variables).flatMap(([name, variable]) =>
      "oneOf" in variable ? [] : [[name, variable.selfPaced]],
    ),
  );
}

/** The chapter's values as a lab has them, in the chapter's order. What is drawn, or belongs to other chapters, is not here. */
export function labVariables(chapter: Variables, lab: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(selfPacedVariables(chapter)).map(([name, value]) => [name, lab[name] ?? value]),
  );
}

/** The same in a class; `code` belongs to the seat. */
export function seatVariables(chapter: Variables, code: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(chapter.variables).flatMap(([name, variable]) =>
      "oneOf" in variable ? [] : [[name, variable.perLearner.replaceAll("{code}", code)]],
    ),
  );
}

/**
 * What is drawn for a lab: the same for the same seed, and different from lab to lab. A value that was drawn before and
 * can still be drawn stays, whatever else the author adds.
 *
 * @param kept values that the lab has already
 */
export function drawnVariables(
  chapter: Variables,
  seed: string,
  kept: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(chapter.variables).flatMap(([name, variable]) => {
      if (!("oneOf" in variable)) return [];
      const before = kept[name];
      if (before !== undefined && variable.oneOf.includes(before)) return [[name, before]];
      const hash = createHash("sha256").update(`${seed}\n${name}`).digest();
      return [[name, variable.oneOf[hash.readUInt32BE(0) % variable.oneOf.length]!]];
    }),
  );
}

/** What a proof starts from: the first value of each. */
export function firstDraw(chapter: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(chapter.variables).flatMap(([name, variable]) =>
      "oneOf" in variable ? [[name, variable.oneOf[0]!]] : [],
    ),
  );
}

/** Names of the values that no page may show. */
export function drawnNames(chapter: Variables): string[] {
  return Object.entries(chapter.variables).flatMap(([name, variable]) => ("oneOf" in variable ? [name] : []));
}
