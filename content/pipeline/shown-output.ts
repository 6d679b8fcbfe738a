/**
 * What programs print, as a text shows it: never typed by an author, so that it cannot drift.
 *
 * `outputs.txt` of a chapter is written by `npm run prove -- COURSE/CHAPTER --write-outputs` from its worked solution on a
 * simulated lab, and every later proof compares. A recording of a real cluster may be shown as well, by file and lines.
 */

export interface ShownOutput {
  node: string;
  command: string;
  status: number;
  text: string;
}

const HEAD = /^### (\S+)# (.*)$/;

/** `outputs.txt` as data. */
export function parseOutputs(source: string): ShownOutput[] {
  const outputs: ShownOutput[] = [];
  let lines: string[] = [];
  const close = () => {
    const last = outputs.at(-1);
    if (!last) return;
    last.status = Number(/^\[exit (\d+)\]$/.exec(lines.pop() ?? "")?.[1] ?? 0);
    last.text = lines.join("\n");
  };
  for (const line of source.split("\n")) {
    const head = HEAD.exec(line);
    if (head) {
      close();
      lines = [];
      outputs.push({ node: head[1]!, command: head[2]!, status: 0, text: "" });
    } else if (outputs.length > 0) lines.push(line);
  }
  while (lines.at(-1) === "") lines.pop();
  close();
  return outputs;
}

export function formatOutputs(outputs: readonly ShownOutput[]): string {
  return outputs
    .map(({ node, command, status, text }) => `### ${node}# ${command}\n${text}\n[exit ${status}]\n`)
    .join("");
}

/** A terminal's bytes as a reader sees them: no carriage returns, no colours. */
export function printedText(bytes: string): string {
  return bytes
    .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "")
    .replace(/\r+\n/g, "\n")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n+$/, "");
}

/**
 * The shape of an output: numbers, dates and keys left out, and lines that repeat counted once, so that a run at another
 * time or speed has the same shape and a changed word has not.
 */
export function outputShape(text: string): string {
  const lines = text.split("\n").map((line) =>
    line
      .replace(/(Mon|Tue|Wed|Thu|Fri|Sat|Sun)( \w{3})?/g, "#")
      .replace(/\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, "#")
      .replace(/UPID:\S+/g, "UPID")
      .replace(/\b[0-9A-F]{2}(:[0-9A-F]{2}){5,}/gi, "#")
      .replace(/\d+/g, "#")
      .replace(/[a-f#]*#[a-f#]*/g, "#")
      .replace(/[KMG]iB/g, "B")
      .replace(/\s+/g, " ")
      .trimEnd(),
  );
  return [...new Set(lines)].join("\n");
}

/** Whether something stands in columns, which a narrow screen must not wrap. */
export function hasColumns(text: string): boolean {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.length > 1 && lines.some((line) => / {3}/.test(line)) && lines.every((line) => line.length <= 100);
}

/** An `<Output>` of a text. */
export interface ShownPart {
  on: string;
  of: string;
  /** From 1: the how-manieth time that node runs this command. */
  nth: number;
  from?: string;
  to?: string;
}

/** What a text shows of the outputs, from its source. */
export function shownParts(source: string): ShownPart[] {
  return [...source.matchAll(/<Output\s((?:\w+=(?:"[^"]*"|'[^']*')\s*)+)\/>/g)].map(([, attributes]) => {
    const named = Object.fromEntries(
      [...attributes!.matchAll(/(\w+)=(?:"([^"]*)"|'([^']*)')/g)].map(([, name, double, single]) => [
        name!,
        double ?? single ?? "",
      ]),
    );
    const { on = "", of = "", nth = "1", from, to } = named;
    return { on, of, nth: Number(nth), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  });
}

/**
 * A part of an output: from the first line that contains `from` to the next one that contains `to`, both included.
 *
 * @returns undefined when a mark is not there
 */
export function partOf(text: string, marks: { from?: string; to?: string }): string | undefined {
  const lines = text.split("\n");
  const first = marks.from === undefined ? 0 : lines.findIndex((line) => line.includes(marks.from!));
  if (first < 0) return undefined;
  const rest = lines.slice(first);
  const length = marks.to === undefined ? rest.length : rest.findIndex((line) => line.includes(marks.to!)) + 1;
  if (length === 0) return undefined;
  return rest.slice(0, length).join("\n");
}
