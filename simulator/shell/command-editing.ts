/** A command in an editor, as `fc` and ^X ^E want it. */
import { runMadeUp } from "./script-run.ts";
import type { Shell } from "./shell.ts";

/**
 * Let an editor change a text in a file that is there for so long.
 *
 * @param editor its command, whatever options it has
 * @param run how the editor is run
 * @returns what the editor leaves; undefined when that cannot be read
 */
export async function editedText(
  shell: Shell,
  text: string,
  editor: string,
  run: (edit: () => Promise<number>) => Promise<unknown>,
): Promise<string | undefined> {
  const { files } = shell.around;
  const path = `/tmp/bash-fc.${shell.shellPid.toString(36)}`;
  await files.writeFile(path, Buffer.from(`${text}\n`), { mode: 0o600 });
  await run(() => runMadeUp(shell, `${editor} ${path}`));
  const bytes = await files.readFile(path).catch(() => undefined);
  await files.unlink(path).catch(() => undefined);
  return bytes && Buffer.from(bytes).toString("utf8");
}
