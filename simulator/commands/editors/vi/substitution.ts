/** `:s`, and its questions when it asks at each place. */
import { expressionOf, replacementOf, withinBounds } from "./patterns.ts";
import { settle, type ViState } from "./state.ts";

/** Replace in the rows `from` to `to`; `c` among the flags asks first, `n` only counts. */
export function substitute(
  vi: ViState,
  { wanted, by, flags }: { wanted: string; by: string; flags: string },
  from: number,
  to: number,
): unknown {
  const { buffer } = vi;
  vi.search = { text: wanted, backwards: false };
  const every = flags.includes("g");
  const alike = flags.includes("i") ? "i" : "";
  const pattern = expressionOf(vi, wanted, `${every ? "g" : ""}${alike}`);
  if (!pattern || wanted === "") {
    vi.message = `E486: Pattern not found: ${wanted}`;
    return;
  }
  const replacement = replacementOf(by);
  const end = Math.min(to, buffer.lines.length - 1);
  if (flags.includes("c")) {
    const [sticky, one] = [expressionOf(vi, wanted, `g${alike}`)!, expressionOf(vi, wanted, alike)!];
    const start = { row: from, column: 0, to: end, match: undefined, changed: 0, rows: new Set<number>() };
    vi.confirming = { pattern: sticky, one, replacement, shown: by, every, ...start };
    buffer.remember();
    return goToNextPlace(vi);
  }
  let changed = 0;
  let places = 0;
  let last = from;
  const before = [...buffer.lines];
  const after = withinBounds(vi, () =>
    before.map((line, row) => {
      if (row < from || row > end) return line;
      const found = every ? (line.match(pattern)?.length ?? 0) : pattern.test(line) ? 1 : 0;
      pattern.lastIndex = 0;
      if (found === 0) return line;
      changed++;
      places += found;
      last = row;
      return line.replace(pattern, replacement);
    }),
  );
  if (!after || changed === 0) {
    vi.message ||= `E486: Pattern not found: ${wanted}`;
    return;
  }
  if (flags.includes("n")) {
    vi.message = `${places} match${places === 1 ? "" : "es"} on ${changed} line${changed === 1 ? "" : "s"}`;
    return;
  }
  buffer.remember();
  // A \r in the replacement parts lines.
  buffer.lines = after.flatMap((line) => line.split("\n"));
  buffer.move(last + buffer.lines.length - after.length, 0);
  if (places > 2) vi.message = `${places} substitutions on ${changed} line${changed === 1 ? "" : "s"}`;
}

/** One answer to the question at hand. */
export function confirmKey(vi: ViState, key: string): unknown {
  const asked = vi.confirming!;
  const { match } = asked;
  const { buffer } = vi;
  const replace = () => {
    if (!match) return;
    const line = buffer.lines[asked.row]!;
    const text = match[0].replace(asked.one, asked.replacement);
    buffer.lines[asked.row] = line.slice(0, match.index) + text + line.slice(match.index + match[0].length);
    asked.changed++;
    asked.rows.add(asked.row);
    pass(text.length);
  };
  const pass = (length: number) => {
    asked.column = match!.index + Math.max(length, match![0] === "" ? 1 : 0);
    if (asked.every) return;
    asked.row++;
    asked.column = 0;
  };
  switch (key) {
    case "y":
      replace();
      return goToNextPlace(vi);
    case "n":
      pass(match?.[0].length ?? 1);
      return goToNextPlace(vi);
    case "l":
      replace();
      return endConfirming(vi);
    case "a":
      for (let steps = 0; vi.confirming && steps < 100_000; steps++) {
        confirmKey(vi, "y");
      }
      return;
    case "q":
    case "escape":
      return endConfirming(vi);
  }
}

/** Go to the next place that is asked about, or end. */
function goToNextPlace(vi: ViState): void {
  const asked = vi.confirming!;
  const { buffer } = vi;
  vi.mode = "confirm";
  for (; asked.row <= asked.to && asked.row < buffer.lines.length; asked.row++, asked.column = 0) {
    const line = buffer.lines[asked.row]!;
    asked.pattern.lastIndex = asked.column;
    const match = withinBounds(vi, () => asked.pattern.exec(line)) ?? undefined;
    if (!match || asked.column > line.length) continue;
    asked.match = match;
    buffer.move(asked.row, match.index);
    return;
  }
  endConfirming(vi);
}

function endConfirming(vi: ViState): void {
  const asked = vi.confirming!;
  vi.confirming = undefined;
  vi.mode = "normal";
  if (asked.changed > 2)
    vi.message = `${asked.changed} substitutions on ${asked.rows.size} line${asked.rows.size === 1 ? "" : "s"}`;
  settle(vi);
}
