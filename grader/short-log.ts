/** A task's log, as short as it still tells the same: a live migration writes a line of progress each second. */

const LINES_MAX = 80;
const PROGRESS = /migration active, transferred|xbzrle: send updates|: transferred .* of .*\(\d|bytes .* copied/;

/** Drops lines of progress; of what is still too long the beginning and the end are kept. */
export function shortLog(lines: readonly string[]): string[] {
  const telling = lines.filter((line) => !PROGRESS.test(line)).map((line) => line.slice(0, 300));
  if (telling.length <= LINES_MAX) return telling;
  const half = LINES_MAX / 2;
  return [...telling.slice(0, half), `(${telling.length - LINES_MAX} lines left out)`, ...telling.slice(-half)];
}
