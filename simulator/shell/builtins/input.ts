/** `read` and `mapfile`. */
import { createCompletion } from "../completion.ts";
import { LineEditor } from "../line-editor/line-editor.ts";
import { ERRNO_TEXT, FileError } from "../node-files.ts";
import type { OpenFile } from "../open-file.ts";
import { assignText } from "../parameters.ts";
import { Terminated } from "../process.ts";
import { quoteForShell } from "../quoting.ts";
import { runMadeUp } from "../script-run.ts";
import type { Shell } from "../shell.ts";
import { type Terminal, TerminalFile } from "../terminal.ts";
import { type Builtin, complain, options } from "./builtin.ts";
import { refuseUse } from "./usage.ts";

/** A line longer than this is not read to its end. */
const LINE_BYTES_MAX = 1 << 20;
const BACKSLASH = 0x5c;

export const read: Builtin = async (shell, argv) => {
  const parsed = options(argv, "ersa:d:i:n:N:p:t:u:");
  if ("bad" in parsed) return refuseUse(shell, "read", parsed.bad);
  const { flags, operands } = parsed;
  for (const name of operands) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*(\[.*\])?$/s.test(name))
      return complain(shell, "read", `\`${name}': not a valid identifier`);
  }
  const fd = Number(flags.get("u") ?? 0);
  const file = shell.descriptors.get(fd);
  if (!file) return complain(shell, "read", `${fd}: invalid file descriptor: Bad file descriptor`);
  const timeout = flags.get("t");
  if (timeout !== undefined && !/^\d*\.?\d*$/.test(timeout)) {
    return complain(shell, "read", `${timeout}: invalid timeout specification`);
  }
  const terminal = file instanceof TerminalFile ? file.terminal : undefined;
  if (flags.has("p") && terminal && !flags.has("e")) await shell.write(2, flags.get("p")!);
  const count = flags.get("n") ?? flags.get("N");
  if (count !== undefined && !/^\d+$/.test(count)) return complain(shell, "read", `${count}: invalid number`);
  const delimiter = flags.has("d") ? (flags.get("d")![0] ?? "\0") : "\n";
  const singleKeys = terminal && (count !== undefined || delimiter !== "\n");
  if (terminal && flags.has("s")) terminal.setMode("no-echo");
  if (singleKeys) terminal.setMode("keys");
  let got: Got;
  try {
    if (flags.has("e") && terminal && !singleKeys && !flags.has("s")) {
      const line = await editedLine(shell, terminal, flags.get("p") ?? "", flags.get("i") ?? "");
      // Put before what is read, so that it is split as any other line.
      if (line === undefined) return 1;
      file.unread(Buffer.from(`${line}\n`));
    }
    got = await readUntil(shell, file, {
      delimiter: flags.has("N") ? undefined : delimiter,
      count: count === undefined ? undefined : Number(count),
      raw: flags.has("r"),
      timeoutMs: timeout === undefined ? undefined : Number(timeout) * 1000,
      echo: singleKeys && !flags.has("s") ? (bytes) => terminal.write(bytes) : undefined,
    });
  } catch (error) {
    if (error instanceof FileError) return complain(shell, "read", `read error: ${fd}: ${ERRNO_TEXT[error.code]}`);
    throw error;
  } finally {
    if (terminal && (flags.has("s") || singleKeys)) terminal.setMode("cooked");
  }
  await assign(shell, got, flags.get("a"), operands, flags.has("N"));
  if (got.end === "timeout") return 142;
  return got.end === "eof" ? 1 : 0;
};

/** `read -e`: a line with the line editor's keys and the shell's history; undefined at ^D. */
async function editedLine(
  shell: Shell,
  terminal: Terminal,
  prompt: string,
  initial: string,
): Promise<string | undefined> {
  const { history, editor: settings, completers } = shell.around;
  const complete = createCompletion(shell, completers);
  const editor = new LineEditor({ terminal, history, settings, complete });
  return editor.readLine(prompt, shell.process.signal, initial);
}

interface Got {
  text: string;
  /** Places in it of what stood behind a backslash: it does not split. */
  literal: ReadonlySet<number>;
  end: "delimiter" | "count" | "eof" | "timeout";
}

async function readUntil(
  shell: Shell,
  file: OpenFile,
  wanted: {
    delimiter: string | undefined;
    count: number | undefined;
    raw: boolean;
    timeoutMs: number | undefined;
    echo: ((bytes: Uint8Array) => Promise<void>) | undefined;
  },
): Promise<Got> {
  let text = "";
  const literal = new Set<number>();
  if (wanted.count === 0) return { text, literal, end: "count" };
  const decoder = new TextDecoder();
  const { delimiter } = wanted;
  // Bytes that are not taken as they are; one at a time where characters are counted or a delimiter may be several.
  const special = [0, ...(wanted.raw ? [] : [BACKSLASH]), ...(delimiter ? [delimiter.charCodeAt(0)] : [])];
  const single = wanted.count !== undefined || (delimiter ?? "") > "\x7f";
  let characters = 0;
  let escaped = false;
  const deadline = wanted.timeoutMs === undefined ? undefined : nowMs(shell) + wanted.timeoutMs;
  for (;;) {
    // A file that always has more would keep the thread.
    await shell.step();
    const bytes = await readWithin(shell, file, deadline);
    if (bytes === "timeout") return { text, literal, end: "timeout" };
    if (!bytes) return { text, literal, end: "eof" };
    await wanted.echo?.(bytes);
    for (let at = 0, pieces = 1; at < bytes.length; pieces++) {
      // A here-document comes in one piece.
      if (pieces % 4_096 === 0) await shell.step();
      const from = at++;
      if (!single && !escaped && !special.includes(bytes[from]!)) {
        while (at < bytes.length && at - from < LINE_BYTES_MAX && !special.includes(bytes[at]!)) at++;
      }
      const piece = decoder.decode(bytes.subarray(from, at), { stream: true });
      if (piece === "") continue;
      const done = (end: Got["end"]): Got => {
        file.unread(bytes.subarray(at));
        return { text, literal, end };
      };
      if (escaped) {
        escaped = false;
        if (piece !== "\n") {
          literal.add(text.length);
          text += piece;
          characters++;
        }
      } else if (piece === "\\" && !wanted.raw) {
        escaped = true;
        continue;
      } else if (piece === delimiter) return done("delimiter");
      else if (piece !== "\0") {
        text += piece;
        characters++;
      }
      if (wanted.count !== undefined && characters >= wanted.count) return done("count");
      if (text.length >= LINE_BYTES_MAX) return done("count");
    }
  }
}

function nowMs(shell: Shell): number {
  return shell.around.port.read((lab) => lab.nowMs);
}

/** Read, but no longer than until a model instant; what comes later stays for the next reader. */
async function readWithin(
  shell: Shell,
  file: OpenFile,
  deadlineMs: number | undefined,
): Promise<Uint8Array | undefined | "timeout"> {
  if (deadlineMs === undefined) return file.read(shell.process);
  const leftMs = deadlineMs - nowMs(shell);
  const stopReading = new AbortController();
  const stopSleeping = new AbortController();
  const { process } = shell;
  const forward = () => {
    stopReading.abort(process.signal.reason);
    stopSleeping.abort(process.signal.reason);
  };
  process.signal.addEventListener("abort", forward, { once: true });
  try {
    const reading = file.read(process, stopReading.signal).then(
      (bytes) => ({ kind: "bytes" as const, bytes }),
      (error: unknown) => ({ kind: "failed" as const, error }),
    );
    const sleeping = shell.around.port.sleep(Math.max(leftMs, 0), stopSleeping.signal).then(
      () => "timeout" as const,
      () => "timeout" as const,
    );
    const first = await Promise.race([reading, sleeping]);
    process.signal.throwIfAborted();
    if (first === "timeout") {
      stopReading.abort(new Terminated("SIGALRM"));
      const late = await reading;
      if (late.kind === "bytes" && late.bytes) file.unread(late.bytes);
      return "timeout";
    }
    if (first.kind === "failed") throw first.error;
    return first.bytes;
  } finally {
    stopSleeping.abort(new Terminated("SIGALRM"));
    process.signal.removeEventListener("abort", forward);
  }
}

async function assign(
  shell: Shell,
  got: Got,
  array: string | undefined,
  names: string[],
  exact: boolean,
): Promise<void> {
  const ifs = shell.variables.get("IFS") ?? " \t\n";
  if (exact) return assignText(shell, names[0] ?? "REPLY", got.text);
  if (array === undefined && names.length === 0) return assignText(shell, "REPLY", got.text);
  const fields = splitFields(got, ifs, array === undefined ? names.length : undefined);
  if (array !== undefined) {
    shell.variables.setArray(
      array,
      fields.map((field, index) => [String(index), field]),
    );
    return;
  }
  for (const [index, name] of names.entries()) await assignText(shell, name, fields[index] ?? "");
}

/** Split at IFS into at most so many fields, the last of which takes the rest. */
function splitFields({ text, literal }: Got, ifs: string, limit: number | undefined): string[] {
  const splits = (at: number) => ifs.includes(text[at]!) && !literal.has(at);
  const blank = (at: number) => " \t\n".includes(text[at]!) && splits(at);
  const mark = (at: number) => splits(at) && !blank(at);
  let at = 0;
  let end = text.length;
  while (at < end && blank(at)) at++;
  while (end > at && blank(end - 1)) end--;
  const fields: string[] = [];
  while (at < end) {
    if (limit !== undefined && fields.length === limit - 1) {
      // A single delimiter at the very end belongs to the last field.
      const marks = Array.from({ length: end - at }, (_, index) => at + index).filter(mark);
      fields.push(text.slice(at, marks.length === 1 && marks[0] === end - 1 ? end - 1 : end));
      return fields;
    }
    const from = at;
    while (at < end && !splits(at)) at++;
    fields.push(text.slice(from, at));
    while (at < end && blank(at)) at++;
    if (at < end && mark(at)) {
      at++;
      while (at < end && blank(at)) at++;
    }
  }
  return fields;
}

export const mapfile: Builtin = async (shell, argv) => {
  const parsed = options(argv, "td:n:O:s:u:C:c:");
  if ("bad" in parsed) return refuseUse(shell, argv[0]!, parsed.bad);
  const { flags } = parsed;
  const counts = [
    ["n", "line count"],
    ["O", "array origin"],
    ["s", "line count"],
    ["c", "callback quantum"],
  ] as const;
  for (const [letter, what] of counts) {
    const given = flags.get(letter);
    if (given !== undefined && !/^\+?\d+$/.test(given)) return complain(shell, argv[0]!, `${given}: invalid ${what}`);
  }
  const fd = flags.get("u") ?? "0";
  const file = shell.descriptors.get(Number(fd));
  if (!file) return complain(shell, argv[0]!, `${fd}: invalid file descriptor: Bad file descriptor`);
  const array = parsed.operands[0] ?? "MAPFILE";
  if (!/^[A-Za-z_]\w*$/.test(array)) return complain(shell, argv[0]!, `\`${array}': not a valid identifier`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let bytes = await file.read(shell.process); bytes; bytes = await file.read(shell.process)) {
    await shell.step();
    chunks.push(bytes);
    size += bytes.length;
    if (size > 8 << 20) return complain(shell, argv[0]!, "more than 8 MiB of input in this simulated shell");
  }
  const delimiter = parsed.flags.has("d") ? (parsed.flags.get("d")![0] ?? "\0") : "\n";
  const lines = Buffer.concat(chunks).toString("utf8").split(delimiter);
  if (lines.at(-1) === "") lines.pop();
  const from = Number(parsed.flags.get("s") ?? 0);
  const count = Number(parsed.flags.get("n") ?? 0);
  const kept = lines
    .slice(from, count ? from + count : undefined)
    .map((line) => (parsed.flags.has("t") ? line : line + delimiter));
  const origin = Number(parsed.flags.get("O") ?? 0);
  const callback = parsed.flags.get("C");
  // With an origin what the array holds stays.
  if (!parsed.flags.has("O")) shell.variables.setArray(array, []);
  const every = Math.max(1, Number(parsed.flags.get("c") ?? 5_000));
  for (const [index, line] of kept.entries()) {
    const key = String(index + origin);
    if (callback !== undefined && (index + 1) % every === 0) {
      await runMadeUp(shell, `${callback} ${key} ${quoteForShell(line)}`);
    }
    shell.variables.setElement(array, key, line);
  }
  return 0;
};
