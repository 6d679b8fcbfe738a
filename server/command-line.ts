/** The frame of a small command: one line for a refusal, exit 1; a bug shows its stack. */
import { StartRefused } from "./start-refused.ts";

export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    console.error(error instanceof StartRefused ? error.message : error);
    process.exitCode = 1;
  }
}
