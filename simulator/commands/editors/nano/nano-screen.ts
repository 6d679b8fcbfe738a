/** What nano draws: title, text, status line, keys. @source GNU nano 7.2: its screens, and src/winio.c for where things stand */
import { widthOf } from "../../../shell/text-width.ts";
import { clipped, rowsOfShown, shownLine } from "../full-screen.ts";
import type { EditedFile } from "./edited-file.ts";
import { answerRows, MAIN, MAIN_OF_SEVERAL, type Menu, menuRows } from "./menus.ts";

export interface NanoView {
  columns: number;
  rows: number;
  file: EditedFile;
  /** Which of how many files, when there are several. */
  place: [number, number] | undefined;
  flags: {
    autoIndent: boolean;
    tabsToSpaces: boolean;
    softWrap: boolean;
    numbers: boolean;
    noHelp: boolean;
    view: boolean;
  };
  question: { label: string; typed: string; cursor: number; menu: Menu; letters: string | undefined } | undefined;
  message: string;
  isWarning: boolean;
}

/** Rows for text: below the title, above the status line and the keys. */
export function textRows({ rows, flags }: Pick<NanoView, "rows" | "flags">): number {
  return Math.max(1, rows - (flags.noHelp ? 2 : 4));
}

/** Columns that a line's number takes. */
function marginOf({ file, flags }: Pick<NanoView, "file" | "flags">): number {
  return flags.numbers ? String(file.buffer.lines.length).length + 2 : 0;
}

/** The column with which the shown part of a long line begins. */
function pageStart(column: number, width: number): number {
  if (column === 0 || column + 2 < width) return 0;
  return width > 8 ? column - 6 - ((column - 6) % (width - 8)) : column - (width - 2);
}

/** Bring the cursor's line on the screen: by a line when it has just left it, else into the middle. */
export function scrollToCursor(view: NanoView): void {
  const { file } = view;
  const height = textRows(view);
  const { row } = file.buffer;
  if (row < file.top) file.top = file.top - row === 1 ? row : Math.max(0, row - (height >> 1));
  else if (row >= file.top + height)
    file.top = row === file.top + height ? file.top + 1 : Math.max(0, row - (height >> 1));
  if (!view.flags.softWrap) return;
  const width = view.columns - marginOf(view);
  const taken = (from: number) => {
    let rows = 0;
    for (let at = from; at <= row; at++) rows += rowsOfShown(shownLine(file.buffer.lines[at]!), width).length;
    return rows;
  };
  while (file.top < row && taken(file.top) > height) file.top++;
}

/** The rows of the screen and where the cursor stands. */
export function nanoScreen(view: NanoView): { rows: string[]; cursor: { row: number; column: number } } {
  const { columns, rows, question, flags } = view;
  const text = textArea(view);
  const out = [titleRow(view), ...text.rows];
  if (question) out.push(`\x1b[7m${clipped(`${question.label}${question.typed}`.padEnd(columns), 0, columns)}`);
  else if (view.message) {
    const told = `[ ${view.message} ]`;
    const look = view.isWarning ? "\x1b[1;97;41m" : "\x1b[7m";
    out.push(`${" ".repeat(Math.max(0, (columns - widthOf(told)) >> 1))}${look}${clipped(told, 0, columns)}`);
  } else out.push("");
  if (!flags.noHelp || question)
    out.push(
      ...(question?.letters !== undefined
        ? answerRows(columns, question.letters.includes("a"))
        : menuRows(question?.menu ?? ((view.place?.[1] ?? 1) > 1 ? MAIN_OF_SEVERAL : MAIN), columns)),
    );
  const cursor = question
    ? {
        row: out.length - 3,
        column: Math.min(columns - 1, widthOf(question.label + question.typed.slice(0, question.cursor))),
      }
    : text.cursor;
  return { rows: out.slice(0, rows), cursor };
}

function titleRow({ columns, file, place, flags }: NanoView): string {
  const left = place ? `[${place[0]}/${place[1]}]` : "GNU nano 7.2";
  const name = file.name || "New Buffer";
  const versionWidth = left.length + 3;
  const stateWidth = flags.view ? 6 : 10;
  const pathWidth = widthOf(name) + (flags.view ? 1 : 0);
  const fits = versionWidth + pathWidth + stateWidth <= columns;
  const at = fits
    ? versionWidth + ((columns - versionWidth - stateWidth - pathWidth) >> 1)
    : Math.max(0, (columns - stateWidth - pathWidth) >> 1);
  const head = `${fits ? `  ${left}` : ""}`.padEnd(at);
  const title = `${head}${clipped(name, Math.max(0, pathWidth + stateWidth - columns), columns)}${file.buffer.modified ? " *" : ""}`;
  const state = flags.view
    ? "View  "
    : `${flags.autoIndent ? "I" : " "}${file.mark ? "M" : " "}  ${flags.softWrap ? "S" : " "}  `;
  return `\x1b[7m${clipped(title.padEnd(Math.max(0, columns - state.length)), 0, columns - state.length)}${state}`;
}

function textArea(view: NanoView): { rows: string[]; cursor: { row: number; column: number } } {
  const { file, flags, columns } = view;
  const { buffer } = file;
  const height = textRows(view);
  const margin = marginOf(view);
  const width = Math.max(1, columns - margin);
  const number = (row: number) => (margin === 0 ? "" : `\x1b[7m${String(row + 1).padStart(margin - 1)}\x1b[27m `);
  const at = widthOf(shownLine(buffer.line.slice(0, buffer.column)));
  const region = file.standing();
  const paintsComments = !hasSyntaxOfItsOwn(file.name);
  const rows: string[] = [];
  let cursor = { row: 1, column: margin };
  for (let row = file.top; row < buffer.lines.length && rows.length < height; row++) {
    const line = buffer.lines[row]!;
    const shown = shownLine(line);
    const marked: [number, number] | undefined =
      region && row >= region.from.row && row <= region.to.row
        ? [
            row === region.from.row ? widthOf(shownLine(line.slice(0, region.from.column))) : 0,
            row === region.to.row ? widthOf(shownLine(line.slice(0, region.to.column))) : Number.MAX_SAFE_INTEGER,
          ]
        : undefined;
    const colour = paintsComments ? colourOf(line) : "";
    if (flags.softWrap) {
      const parts = rowsOfShown(shown, width);
      let from = 0;
      for (const [index, part] of parts.entries()) {
        const partWidth = widthOf(part);
        if (row === buffer.row && at >= from && (at < from + width || index === parts.length - 1))
          cursor = { row: 1 + rows.length, column: margin + Math.min(at - from, width - 1) };
        rows.push(`${index === 0 ? number(row) : " ".repeat(margin)}${coloured(part, from, marked, colour)}`);
        from += partWidth;
      }
      continue;
    }
    const from = row === buffer.row ? pageStart(at, width) : 0;
    const part = clipped(shown, from, width);
    const goesOn = widthOf(shown) > from + width;
    if (row === buffer.row) cursor = { row: 1 + rows.length, column: margin + Math.min(at - from, width - 1) };
    const body = coloured(
      clipped(part, from > 0 ? 1 : 0, goesOn ? width - 1 - (from > 0 ? 1 : 0) : width),
      from + (from > 0 ? 1 : 0),
      marked,
      colour,
    );
    rows.push(`${number(row)}${from > 0 ? "\x1b[7m<\x1b[27m" : ""}${body}${goesOn ? "\x1b[7m>\x1b[27m" : ""}`);
  }
  while (rows.length < height) rows.push("");
  return { rows: rows.slice(0, height), cursor };
}

/** A part of a line in its colour, what is marked standing out. */
function coloured(part: string, from: number, marked: [number, number] | undefined, colour: string): string {
  const end = colour === "" ? "" : "\x1b[39m";
  if (!marked) return `${colour}${part}${end}`;
  const to = from + widthOf(part);
  const [first, last] = [Math.max(from, marked[0]) - from, Math.min(to, marked[1]) - from];
  if (first >= last) return `${colour}${part}${end}`;
  const slice = (a: number, b: number) => clipped(part, a, b - a);
  return `${colour}${slice(0, first)}\x1b[7m${slice(first, last)}\x1b[27m${slice(last, to - from)}${end}`;
}

/** Comments and captions, as nano's default syntax paints them; other syntaxes are not modelled. */
function colourOf(line: string): string {
  if (/^[ \t]*#/.test(line)) return "\x1b[36m";
  return /^\[[^\][]+\]$/.test(line) ? "\x1b[92m" : "";
}

const hasSyntaxOfItsOwn = (name: string) =>
  /\.(?:sh|bash|py|pl|pm|c|h|cpp|json|ya?ml|xml|html?|js|css|md|php|rb|rs|go|sql|tex|diff|patch|lua|java|nanorc)$|(?:^|\/)(?:\.bash\w*|\.profile|profile|interfaces|sources\.list|nanorc|Makefile)$/.test(
    name,
  );
