/** What the parts of `ip` share: its options, and how it prints and refuses. */
import type { ProgramContext } from "../../../shell/process.ts";

export interface IpOptions {
  brief: boolean;
  family: "" | "4" | "6" | "0";
  json: boolean;
  pretty: boolean;
  oneLine: boolean;
  details: boolean;
  /** How often `-s` was given. */
  statistics: number;
}

export async function write(ctx: ProgramContext, text: string): Promise<number> {
  await ctx.stdout.write(text);
  return 0;
}

export async function refuse(ctx: ProgramContext, text: string, status: number): Promise<number> {
  await ctx.stderr.write(text);
  return status;
}

export const isShow = (word: string | undefined) =>
  word !== undefined && word !== "" && ["show", "list", "lst", "ls"].some((verb) => verb.startsWith(word));

/** Verbs of objects that only show. */
export const CHANGES = [
  "add",
  "append",
  "change",
  "del",
  "delete",
  "flush",
  "prepend",
  "replace",
  "restore",
  "save",
  "set",
];
