/** A class's results as a table for spreadsheets. */
import Papa from "papaparse";

export interface ResultRow {
  seat: string;
  name: string;
  chapter: string;
  step: string;
  title: string;
  passedAt: Date | undefined;
  /** 0 to 1; absent when it was not passed. */
  score: number | undefined;
  waivedFor: string | undefined;
}

const fields = ["seat", "name", "chapter", "step", "title", "passed", "passed_at_utc", "waived_for", "score"];

/** What a spreadsheet would compute, full-width signs of East Asian keyboards included, gets an apostrophe in front. */
const formula = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** @param mark with a byte order mark, by which some spreadsheets know UTF-8 */
export function resultsCsv(rows: ResultRow[], mark: boolean): string {
  const data = rows.map((row) => [
    ...[row.seat, row.name, row.chapter, row.step, row.title],
    ...[row.passedAt ? "1" : "0", row.passedAt?.toISOString() ?? "", row.waivedFor ?? "", String(row.score ?? "")],
  ]);
  return `${mark ? "\ufeff" : ""}${Papa.unparse({ fields, data }, { escapeFormulae: formula })}\r\n`;
}
