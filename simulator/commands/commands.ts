/** Every program of a simulated node by name. */
import type { ProgramEntry } from "../shell/process.ts";
import { coreutils } from "./coreutils-table.ts";

export const allCommands: Record<string, ProgramEntry> = Object.assign(Object.create(null), coreutils);
