/** The lines in which two texts differ, by their longest common subsequence; and how `diff -u` tells them. */

/** A stretch of lines that differs: from `a` (start, end) and from `b`. */
export interface Change {
  aStart: number;
  aEnd: number;
  bStart: number;
  bEnd: number;
}

/** Where both differ so much that comparing line by line would take long, the middle counts as one change. */
const CELLS_MAX = 4_000_000;

/** The changes between two lists of lines, by their longest common subsequence. */
export function changesOf(a: readonly string[], b: readonly string[]): Change[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [aEnd, bEnd] = [a.length, b.length];
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  const [rows, columns] = [aEnd - start, bEnd - start];
  if (rows === 0 && columns === 0) return [];
  if (rows * columns > CELLS_MAX || rows === 0 || columns === 0) return [{ aStart: start, aEnd, bStart: start, bEnd }];
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[start + i] === b[start + j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  let open: Change | undefined;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && a[start + i] === b[start + j]) {
      open = undefined;
      i++;
      j++;
      continue;
    }
    if (!open) {
      open = { aStart: start + i, aEnd: start + i, bStart: start + j, bEnd: start + j };
      changes.push(open);
    }
    if (j >= columns || (i < rows && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!))
      open.aEnd = start + ++i;
    else open.bEnd = start + ++j;
  }
  return changes;
}

/** Changes that share their context. */
export function grouped(changes: readonly Change[], context: number): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1)?.at(-1);
    if (last && change.aStart - last.aEnd <= 2 * context) groups.at(-1)!.push(change);
    else groups.push([change]);
  }
  return groups;
}

export function unified(
  a: readonly string[],
  b: readonly string[],
  changes: readonly Change[],
  context: number,
): string {
  let out = "";
  for (let at = 0; at < changes.length; ) {
    const group = [changes[at++]!];
    while (at < changes.length && changes[at]!.aStart - group.at(-1)!.aEnd <= 2 * context) group.push(changes[at++]!);
    const [first, last] = [group[0]!, group.at(-1)!];
    const aFrom = Math.max(0, first.aStart - context);
    const bFrom = Math.max(0, first.bStart - context);
    const aTo = Math.min(a.length, last.aEnd + context);
    const bTo = Math.min(b.length, last.bEnd + context);
    const span = (from: number, to: number) =>
      to - from === 1 ? `${from + 1}` : `${to === from ? from : from + 1},${to - from}`;
    out += `@@ -${span(aFrom, aTo)} +${span(bFrom, bTo)} @@\n`;
    let place = aFrom;
    for (const { aStart, aEnd, bStart, bEnd } of group) {
      for (const line of a.slice(place, aStart)) out += ` ${line}\n`;
      for (const line of a.slice(aStart, aEnd)) out += `-${line}\n`;
      for (const line of b.slice(bStart, bEnd)) out += `+${line}\n`;
      place = aEnd;
    }
    for (const line of a.slice(place, aTo)) out += ` ${line}\n`;
  }
  return out;
}
