import type { ProgramContext } from "../shell/process.ts";

/** A line that is typed without being shown; undefined where nobody types. */
export async function hiddenLine(context: ProgramContext, prompt: string): Promise<string | undefined> {
  const { tty } = context;
  if (!tty) return undefined;
  tty.setMode("no-echo");
  try {
    await tty.write(prompt);
    const line = await tty.readLine();
    await tty.write("\n");
    return line;
  } finally {
    tty.setMode("cooked");
  }
}
