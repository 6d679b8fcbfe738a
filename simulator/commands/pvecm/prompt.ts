/** Questions of Proxmox's commands: a password shown as stars, a line; from a terminal or whatever standard input is. */
import type { ProgramContext } from "../../shell/process.ts";

/** Lines of standard input that is no terminal. */
export class InputLines {
  readonly #context: ProgramContext;
  readonly #decoder = new TextDecoder();
  #buffer = "";
  #ended = false;

  constructor(context: ProgramContext) {
    this.#context = context;
  }

  /** The next line without its newline; undefined at the end. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const newline = this.#buffer.indexOf("\n");
      if (newline >= 0) {
        const line = this.#buffer.slice(0, newline);
        this.#buffer = this.#buffer.slice(newline + 1);
        return line;
      }
      if (this.#ended) {
        const rest = this.#buffer;
        this.#buffer = "";
        return rest === "" ? undefined : rest;
      }
      const bytes = await this.#context.stdin.read();
      if (bytes) this.#buffer += this.#decoder.decode(bytes, { stream: true });
      else this.#ended = true;
    }
  }
}

/**
 * Ask for a password.
 *
 * At a terminal the question is printed and every character is shown as a star; otherwise a line is read and nothing
 * is printed.
 *
 * @returns undefined when there is none: `reason` is what the command then says
 * @source pve-common PVE/PTY.pm read_password; recording 32 for "EOF while reading password"
 */
export async function readPassword(
  context: ProgramContext,
  lines: InputLines,
  question: string,
): Promise<{ password: string } | { reason: string }> {
  if (!context.isTty.stdin || !context.tty) {
    const password = await lines.next();
    return password === undefined ? { reason: "EOF while reading password" } : { password };
  }
  const { tty } = context;
  tty.setMode("raw");
  try {
    await tty.write(question);
    let password = "";
    for (;;) {
      for (const key of new TextDecoder().decode(await tty.readKeys())) {
        if (key === "\r" || key === "\n") {
          await tty.write("\n");
          return { password };
        }
        if (key === "\u0003" || key === "\u0004") {
          await tty.write("\n");
          return { reason: key === "\u0003" ? "password input aborted" : "EOF while reading password" };
        }
        if (key === "\u007f" || key === "\b") {
          if (password.length > 0) {
            password = password.slice(0, -1);
            await tty.write("\b \b");
          }
        } else if (key === "\u0015") {
          await tty.write("\b \b".repeat(password.length));
          password = "";
        } else if (key >= " ") {
          password += key;
          await tty.write("*");
        }
      }
    }
  } finally {
    tty.setMode("cooked");
  }
}

/** Ask a question that is printed in any case; undefined at the end of the input. */
export async function readAnswer(
  context: ProgramContext,
  lines: InputLines,
  question: string,
): Promise<string | undefined> {
  await context.stdout.write(question);
  return context.isTty.stdin && context.tty ? context.tty.readLine() : lines.next();
}
