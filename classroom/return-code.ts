/** The code by which a student comes back on another device, without mail. */
import { createHash } from "node:crypto";
import { newCode, tidyCode } from "../database/classes.ts";
import type { Database } from "../database/database.ts";

/** 30^16: the hash is kept without salt. */
const returnCodeLength = 16;

/** What is kept of a code, however it was typed. */
export function returnCodeHash(code: string): string {
  return createHash("sha256").update(tidyCode(code)).digest("hex");
}

/** Make a new code; it ends the one before. @returns in groups of four, to be read and typed */
export async function newReturnCode(database: Pick<Database, "people">, personId: string): Promise<string> {
  const code = newCode(returnCodeLength);
  await database.people.setReturnCode(personId, returnCodeHash(code));
  return code.replace(/(.{4})(?=.)/g, "$1-");
}
