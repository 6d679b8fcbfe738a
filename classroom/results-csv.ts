/** A class's results as a table for spreadsheets (RFC 4180). */

export interface ResultRow {
  seat: string;
  name: string;
  chapter: string;
  step: string;
  title: string;
  passedAt: Date | undefined;
  waivedFor: string | undefined;
}

const head = ["seat", "name", "chapter", "step", "title", "passed", "passed_at_utc", "waived_for"];

/** @param mark with a byte order mark, by which some spreadsheets know UTF-8 */
export function resultsCsv(rows: ResultRow[], mark: boolean): string {
  const lines = rows.map((row) => [
    ...[row.seat, row.name, row.chapter, row.step, row.title],
    ...[row.passedAt ? "1" : "0", row.passedAt?.toISOString() ?? "", row.waivedFor ?? ""],
  ]);
  return (mark ? "\ufeff" : "") + [head, ...lines].map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

/** One cell. A spreadsheet would compute what begins like a formula, so that gets an apostrophe in front. */
export function csvCell(text: string): string {
  const safe = /^[\s]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
