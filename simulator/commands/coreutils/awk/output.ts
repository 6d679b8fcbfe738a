/** What an awk program writes: standard output, files, and commands that it pipes to. */
import type { ByteReader, ProgramContext } from "../../../shell/process.ts";
import { pathIn } from "../arguments.ts";
import { bounded } from "./bounds.ts";

/** What of standard output is kept back at most, characters. */
const KEPT_BACK_MAX = 1 << 15;

interface Output {
  write(text: string): Promise<void>;
  /** @returns its status */
  close(): Promise<number>;
}

export class AwkOutput {
  #ctx: ProgramContext;
  #keptBack = "";
  #open = new Map<string, Output>();

  constructor(ctx: ProgramContext) {
    this.#ctx = ctx;
  }

  /** More for standard output. */
  write(text: string): void {
    this.#keptBack += text;
  }

  /** Whether enough is kept back to be written. */
  get isFull(): boolean {
    return this.#keptBack.length > KEPT_BACK_MAX;
  }

  async flush(): Promise<void> {
    const text = this.#keptBack;
    this.#keptBack = "";
    if (text !== "") await this.#ctx.stdout.write(Buffer.from(text, "latin1"));
  }

  /** Where `print > where` writes, opened by its first use. @throws FileError when it cannot be */
  async to(how: ">" | ">>" | "|", where: string): Promise<Output> {
    const known = this.#open.get(where);
    if (known) return known;
    if (how === "|") await this.flush();
    const output = how === "|" ? this.#pipeTo(where) : await this.#fileOutput(where, how === ">>");
    this.#open.set(where, output);
    return output;
  }

  /** @returns the status of what was closed; undefined when nothing of this name is written to */
  async close(where: string): Promise<number | undefined> {
    const output = this.#open.get(where);
    this.#open.delete(where);
    return output?.close();
  }

  /** At the program's end, commands first. */
  async closeAll(): Promise<void> {
    // Commands that it writes to end before what it kept back is written.
    if (this.#ctx.isTty.stdout) await this.flush();
    for (const output of this.#open.values()) await output.close();
    await this.flush();
  }

  async #fileOutput(where: string, append: boolean): Promise<Output> {
    const { files, stderr } = this.#ctx;
    if (where === "/dev/stdout" || where === "-" || where === "/dev/stderr") {
      if (where !== "/dev/stderr") return { write: async (text) => this.write(text), close: async () => 0 };
      return { write: (text) => stderr.write(Buffer.from(text, "latin1")), close: async () => 0 };
    }
    const path = pathIn(this.#ctx, where);
    if (!append) await files.writeFile(path, new Uint8Array(0));
    return {
      write: (text) => files.writeFile(path, Buffer.from(text, "latin1"), { append: true }),
      close: async () => 0,
    };
  }

  /** The command runs when its input is whole. */
  #pipeTo(command: string): Output {
    let text = "";
    return {
      write: async (more) => {
        text = bounded(text + more);
      },
      close: () => this.#ctx.run(command, { stdin: onlyText(text) }),
    };
  }
}

function onlyText(text: string): ByteReader {
  let rest: Uint8Array | undefined = Buffer.from(text, "latin1");
  return {
    read: async () => {
      const bytes = rest;
      rest = undefined;
      return bytes?.length ? bytes : undefined;
    },
  };
}
