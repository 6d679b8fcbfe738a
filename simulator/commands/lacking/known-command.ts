/** Commands whose arguments are those of a real node's, for programs of what a lab's nodes lack. */
import { callAsRoot, refusalText } from "../../api/in-process.ts";
import type { Method } from "../../api/request.ts";
import { invariant } from "../../cluster/invariant.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { recordedCommand } from "../pve-cli/command-lines.ts";
import type { CliCommand } from "../pve-cli/run-command.ts";

/** @param name program and words; every option of a real node's is taken */
export function knownCommand(name: string, run: CliCommand["run"]): CliCommand {
  const real = recordedCommand(name);
  invariant(real !== undefined, `a command of Proxmox: ${name}`);
  return { name, ...real, run };
}

/** A command that always says the same. @param status its exit status; 0: the text goes to standard output */
export function sayingCommand(name: string, text: string, status = 0): CliCommand {
  return knownCommand(name, async (context) => {
    await (status === 0 ? context.stdout : context.stderr).write(text);
    return status;
  });
}

/**
 * @param asked how, if not with a plain GET
 * @returns what the API answers root, or the exit status after its refusal was told
 */
export async function answerOf(
  context: ProgramContext,
  path: string,
  asked: { method?: Method; params?: Record<string, string> } = {},
): Promise<{ data: unknown } | number> {
  const { lab, node, signal } = context;
  const note = (line: string) => context.stderr.write(`${line}\n`);
  const answer = await callAsRoot({ lab, node, signal, method: "GET", params: {}, ...asked, path, note });
  if (answer.kind === "answered") return { data: answer.data };
  await context.stderr.write(answer.kind === "refused" ? refusalText(answer) : `no such resource '${path}'\n`);
  return 255;
}
