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
  /** Characters; those behind a backslash are marked, they do not split. */
  characters: { text: string; literal: boolean }[];
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
  const characters: Got["characters"] = [];
  if (wanted.count === 0) return { characters, end: "count" };
  const decoder = new TextDecoder();
  let escaped = false;
  const deadline = wanted.timeoutMs === undefined ? undefined : nowMs(shell) + wanted.timeoutMs;
  for (;;) {
    // A file that always has more would keep the thread.
    await shell.step();
    const bytes = await readWithin(shell, file, deadline);
    if (bytes === "timeout") return { characters, end: "timeout" };
    if (!bytes) return { characters, end: "eof" };
    await wanted.echo?.(bytes);
    for (let at = 0; at < bytes.length; at++) {
      // A here-document comes in one piece.
      if (at % 4_096 === 4_095) await shell.step();
      const char = decoder.decode(bytes.subarray(at, at + 1), { stream: true });
      if (char === "") continue;
      const done = (end: Got["end"]): Got => {
        file.unread(bytes.subarray(at + 1));
        return { characters, end };
      };
      if (escaped) {
        escaped = false;
        if (char !== "\n") characters.push({ text: char, literal: true });
      } else if (char === "\\" && !wanted.raw) {
        escaped = true;
        continue;
      } else if (char === wanted.delimiter) return done("delimiter");
      else if (char !== "\0") characters.push({ text: char, literal: false });
      if (wanted.count !== undefined && characters.length >= wanted.count) return done("count");
      if (characters.length >= LINE_BYTES_MAX) return done("count");
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
  const whole = got.characters.map((char) => char.text).join("");
  if (exact) return assignText(shell, names[0] ?? "REPLY", whole);
  if (array === undefined && names.length === 0) return assignText(shell, "REPLY", whole);
  const fields = splitFields(got.characters, ifs, array === undefined ? names.length : undefined);
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
function splitFields(characters: Got["characters"], ifs: string, limit: number | undefined): string[] {
  const blank = (char: Got["characters"][number] | undefined) =>
    char !== undefined && !char.literal && ifs.includes(char.text) && " \t\n".includes(char.text);
  const mark = (char: Got["characters"][number] | undefined) =>
    char !== undefined && !char.literal && ifs.includes(char.text) && !" \t\n".includes(char.text);
  let start = 0;
  let end = characters.length;
  while (start < end && blank(characters[start])) start++;
  while (end > start && blank(characters[end - 1])) end--;
  const fields: string[] = [];
  let at = start;
  while (at < end) {
    if (limit !== undefined && fields.length === limit - 1) {
      let rest = characters.slice(at, end);
      // A single delimiter at the very end belongs to the last field.
      const marks = rest.filter((char) => mark(char)).length;
      if (marks === 1 && mark(rest.at(-1))) rest = rest.slice(0, -1);
      fields.push(rest.map((char) => char.text).join(""));
      return fields;
    }
    let field = "";
    while (at < end && !blank(characters[at]) && !mark(characters[at])) field += characters[at++]!.text;
    fields.push(field);
    while (at < end && blank(characters[at])) at++;
    if (at < end && mark(characters[at])) {
      at++;
      while (at < end && blank(characters[at])) at++;
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
