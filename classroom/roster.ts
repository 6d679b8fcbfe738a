/** A list of students as a spreadsheet gives it: pasted text with commas, semicolons or tabs. */
import Papa from "papaparse";
import { displayName } from "./display-name.ts";

export interface RosterEntry {
  name: string;
  /** Name of the group that the student works in. */
  group?: string;
}

export type Roster =
  | { ok: true; students: RosterEntry[] }
  /** A sentence for each line that cannot be taken; nothing is taken then. */
  | { ok: false; problems: string[] };

/** As many as one class takes (`studentsMost` of database/classes.ts). */
const mostLines = 300;
const problemsShown = 10;
const nameHeads = ["name", "display name", "student", "nombre", "nom", "nome"];
const groupHeads = ["group", "team", "grupo", "groupe", "equipe", "équipe"];

/**
 * Read a pasted roster. With a header line columns are found by their names; without one the first column is the name.
 *
 * Other columns, such as mail addresses, are passed over and kept nowhere.
 *
 * @param text as pasted; a byte order mark and empty lines are passed over
 */
export function readRoster(text: string): Roster {
  const { data } = Papa.parse<string[]>(text.replace(/^\ufeff/, ""), { skipEmptyLines: "greedy" });
  const [head, ...rest] = data;
  if (!head)
    return { ok: false, problems: ["There is nothing in it. Paste one line for each student: the name first."] };
  const heads = head.map((cell) => cell.trim().toLowerCase());
  const hasHead = heads.some((cell) => [...nameHeads, ...groupHeads].includes(cell));
  const nameAt = hasHead ? heads.findIndex((cell) => nameHeads.includes(cell)) : 0;
  const groupAt = hasHead ? heads.findIndex((cell) => groupHeads.includes(cell)) : -1;
  if (nameAt < 0) {
    const found = head.map((cell) => `“${cell.trim()}”`).join(", ");
    return {
      ok: false,
      problems: [`No column is called “name”; the first line has ${found}. Name one so, or leave that line out.`],
    };
  }
  const lines = hasHead ? rest : data;
  if (lines.length === 0)
    return { ok: false, problems: ["There is a first line with names of columns, and nobody below it."] };
  if (lines.length > mostLines) {
    return {
      ok: false,
      problems: [`It has ${lines.length} students; a class takes ${mostLines}. Make several classes.`],
    };
  }
  const problems: string[] = [];
  const students = lines.flatMap((cells, at): RosterEntry[] => {
    const line = `Line ${at + (hasHead ? 2 : 1)}`;
    const typed = cells[nameAt] ?? "";
    const name = displayName(typed);
    const typedGroup = groupAt < 0 ? "" : (cells[groupAt] ?? "").trim();
    const group = displayName(typedGroup);
    if (name === undefined) {
      problems.push(
        `${line}: “${typed.trim().slice(0, 80)}” is no name: at least one letter or digit, at most 60 characters.`,
      );
      return [];
    }
    if (typedGroup !== "" && group === undefined) {
      problems.push(`${line}: “${typedGroup.slice(0, 80)}” is no name of a group.`);
      return [];
    }
    return [{ name, ...(group !== undefined && { group }) }];
  });
  if (problems.length === 0) return { ok: true, students };
  const more = problems.length - problemsShown;
  return {
    ok: false,
    problems: [...problems.slice(0, problemsShown), ...(more > 0 ? [`And ${more} more lines.`] : [])],
  };
}
