/**
 * `scp -t` and `scp -f`: what older clients, and newer ones with `-O`, run on the other side.
 *
 * @source scp.c of OpenSSH 9.2, sink() and source()
 */
import { FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { pathIn, reasonOf } from "../coreutils/arguments.ts";

/** What one file may hold here, bytes; the node's disk has its own limit. */
const FILE_BYTES_MAX = 8 << 20;

interface Serving {
  context: ProgramContext;
  recursive: boolean;
  preserve: boolean;
  failed: boolean;
}

/** @returns undefined when the words do not ask for a server's side */
export async function serveScp(context: ProgramContext): Promise<number | undefined> {
  const words = context.argv.slice(1);
  const letters = words
    .filter((word) => /^-[a-zA-Z]+$/.test(word))
    .join("")
    .replaceAll("-", "");
  const sinks = letters.includes("t");
  if (!sinks && !letters.includes("f")) return undefined;
  const names = words.filter((word) => !word.startsWith("-"));
  const serving: Serving = {
    context,
    recursive: letters.includes("r"),
    preserve: letters.includes("p"),
    failed: false,
  };
  const input = new Input(context);
  if (sinks) await receive(serving, input, names[0] ?? ".", letters.includes("d"));
  else {
    await input.acknowledged();
    for (const name of names) await send(serving, input, name);
  }
  return serving.failed ? 1 : 0;
}

/** Lines, counted bytes and acknowledgements out of standard input. */
class Input {
  #context: ProgramContext;
  #held: Uint8Array = new Uint8Array(0);
  constructor(context: ProgramContext) {
    this.#context = context;
  }

  async #more(): Promise<boolean> {
    const bytes = await this.#context.stdin.read();
    if (!bytes) return false;
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    return true;
  }

  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#held.indexOf(10);
      if (end >= 0) {
        const line = Buffer.from(this.#held.subarray(0, end)).toString("utf8");
        this.#held = this.#held.subarray(end + 1);
        return line;
      }
      if (this.#held.length > 4_096 || !(await this.#more())) return undefined;
    }
  }

  /** So many bytes in pieces as they come; fewer when the input ends. */
  async *bytes(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) return;
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** The other side's answer. @returns false when it complains or is gone */
  async acknowledged(): Promise<boolean> {
    for await (const [answer] of this.bytes(1)) {
      if (answer === 0) return true;
      await this.line();
      return false;
    }
    return false;
  }
}

const OK = Uint8Array.of(0);

async function complain(serving: Serving, text: string): Promise<void> {
  serving.failed = true;
  await serving.context.stdout.write(`\x01scp: ${text}\n`);
}

async function receive(serving: Serving, input: Input, name: string, mustBeFolder: boolean): Promise<void> {
  const { context } = serving;
  const top = pathIn(context, name);
  const kind = (path: string) =>
    context.files.stat(path).then(
      ({ type }) => type,
      () => undefined,
    );
  if (mustBeFolder && (await kind(top)) !== "directory") return complain(serving, `${name}: Not a directory`);
  await context.stdout.write(OK);
  const folders: string[] = [];
  let times: number | undefined;
  for (let line = await input.line(); line !== undefined; line = await input.line()) {
    await context.breathe();
    const [letter] = line;
    if (letter === "E") {
      folders.pop();
      await context.stdout.write(OK);
      continue;
    }
    if (letter === "T") {
      times = Number(line.slice(1).split(" ")[0]) * 1000;
      await context.stdout.write(OK);
      continue;
    }
    const told = /^([CD])([0-7]{3,4}) (\d+) ([^/]+)$/.exec(line);
    if (!told || told[4] === "." || told[4] === "..") {
      await complain(serving, `protocol error: ${line.slice(0, 80)}`);
      return;
    }
    const [, what, modeText = "", size = "", file = ""] = told;
    const mode = Number.parseInt(modeText, 8) & 0o777;
    const above = folders.at(-1);
    const path = above !== undefined ? `${above}/${file}` : (await kind(top)) === "directory" ? `${top}/${file}` : top;
    if (what === "D") {
      if (!serving.recursive) return complain(serving, "received directory without -r");
      try {
        if ((await kind(path)) === undefined) await context.files.mkdir(path, mode);
      } catch (error) {
        return complain(serving, `${path}: ${reasonOf(error)}`);
      }
      folders.push(path);
      await context.stdout.write(OK);
      continue;
    }
    await take(serving, input, { path, mode, size: Number(size), times });
    times = undefined;
  }
}

async function take(
  serving: Serving,
  input: Input,
  file: { path: string; mode: number; size: number; times: number | undefined },
): Promise<void> {
  const { context } = serving;
  await context.stdout.write(OK);
  const pieces: Uint8Array[] = [];
  let [size, held] = [0, 0];
  for await (const piece of input.bytes(file.size)) {
    size += piece.length;
    if (size > FILE_BYTES_MAX) continue;
    context.hold(piece.length);
    held += piece.length;
    pieces.push(piece);
  }
  await input.acknowledged();
  context.hold(-held);
  try {
    if (size < file.size) throw new FileError("EIO", file.path);
    if (size > FILE_BYTES_MAX) throw new FileError("ENOSPC", file.path);
    await context.files.writeFile(file.path, Buffer.concat(pieces), { mode: file.mode });
    if (serving.preserve) await context.files.chmod(file.path, file.mode);
    if (file.times !== undefined) await context.files.utimes(file.path, file.times);
    await context.stdout.write(OK);
  } catch (error) {
    await complain(serving, `${file.path}: ${reasonOf(error)}`);
  }
}

async function send(serving: Serving, input: Input, name: string): Promise<void> {
  const { context } = serving;
  const path = pathIn(context, name);
  const base = name.replace(/\/+$/, "").replace(/^.*\//, "") || "/";
  try {
    const stat = await context.files.stat(path);
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, "0");
    const seconds = Math.floor(stat.mtimeMs / 1000);
    const told = async (line: string) => {
      await context.stdout.write(line);
      return input.acknowledged();
    };
    if (stat.type === "directory" && !serving.recursive) return complain(serving, `${name}: not a regular file`);
    if (serving.preserve && !(await told(`T${seconds} 0 ${seconds} 0\n`))) return;
    if (stat.type === "directory") {
      if (!(await told(`D${mode} 0 ${base}\n`))) return;
      for (const inner of await context.files.readdir(path)) await send(serving, input, `${path}/${inner}`);
      await told("E\n");
      return;
    }
    const bytes = await context.files.readFile(path);
    if (!(await told(`C${mode} ${bytes.length} ${base}\n`))) return;
    await context.stdout.write(bytes);
    await told("\0");
  } catch (error) {
    await complain(serving, `${name}: ${reasonOf(error)}`);
  }
}
