/** What Proxmox's command lines share: a table of commands, its usage text, and arguments checked before a command runs. */
import type { ProgramContext } from "../../shell/process.ts";
import { type CommandDefinition, parseArguments, usageLine, type Values } from "../pvecm/arguments.ts";

/** What one word of a command line does. */
export interface CliCommand extends CommandDefinition {
  run(context: ProgramContext, values: Values): Promise<number>;
}

/** @returns the exit status: 255 for arguments that are refused, whose text is written to standard error */
export async function runCommand(context: ProgramContext, command: CliCommand, args: string[]): Promise<number> {
  const parsed = parseArguments(command, args);
  if ("refusal" in parsed) {
    await context.stderr.write(parsed.refusal);
    return 255;
  }
  return command.run(context, parsed.values);
}

/** Every command of a program, a line each. */
export function usageOf(program: string, commands: readonly CommandDefinition[]): string {
  const lines = commands.map((command) => `       ${usageLine(command)}\n`);
  return `USAGE: ${program} <COMMAND> [ARGS] [OPTIONS]\n\n${lines.join("")}`;
}
