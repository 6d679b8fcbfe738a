/** The frame of a small command: its arguments, one line for a refusal, exit 1; a bug shows its stack. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { StartRefused } from "./start-refused.ts";

/** Somebody asked for the usage: no mistake, and nothing is done. */
class UsageAsked extends StartRefused {}

/**
 * What was typed behind the command's name.
 *
 * @param usage printed for `--help`, and behind what is wrong
 * @throws StartRefused an option that there is not, or one without its value; `--help`, whose message is the usage
 */
export function readArguments<T extends NonNullable<ParseArgsConfig["options"]>>(
  usage: string,
  options: T,
  args: string[] = process.argv.slice(2),
) {
  if (args.includes("--help")) throw new UsageAsked(usage);
  try {
    return parseArgs({ args, allowPositionals: true, strict: true, options });
  } catch (error) {
    if (!(error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")))
      throw error;
    // The library's further sentences are about places behind `--`, which npm takes away.
    throw new StartRefused(`${error.message.split(". ")[0]}.\n${usage}`);
  }
}

export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof UsageAsked) {
      console.log(error.message);
      return;
    }
    console.error(error instanceof StartRefused ? error.message : error);
    process.exitCode = 1;
  }
}
