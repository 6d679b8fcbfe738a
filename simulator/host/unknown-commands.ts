/**
 * Names of commands that shells met and a simulated node does not have, counted for the whole installation: what to
 * build next. Names alone: no arguments, no lab, no person.
 *
 * Somebody may type a password where a command belongs. So a name is kept at once only when it is that of a known
 * program; any other waits, in memory alone, until a second lab has met it, too.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { COMMON_COMMANDS } from "./common-commands.ts";

/** Beside the labs' folders; no lab's id begins with a dot. */
export const UNKNOWN_COMMANDS_FILE = ".unknown-commands.json";

const NAME = /^[a-z][a-z0-9._+-]{0,30}$/;
/** More names than these are no list that anybody works down. */
const NAMES_MAX = 1_000;
/** Names of one lab alone that wait for a second. */
const WAITING_MAX = 2_000;
/** Writes of the file, milliseconds apart at least. */
const WRITE_AFTER_MS = 1_000;

const entry = z.object({ count: z.int().positive(), firstSeen: z.iso.datetime(), lastSeen: z.iso.datetime() });
const fileShape = z.record(z.string().regex(NAME), entry);
export type UnknownCommandList = z.infer<typeof fileShape>;

export class UnknownCommands {
  readonly #path: string;
  readonly #onError: (error: unknown) => void;
  readonly #kept: UnknownCommandList;
  /** By name: the one lab that has met it. */
  readonly #waiting = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  /** @param directory the labs' folder @param onError told when the file cannot be written; nothing else suffers */
  constructor(directory: string, onError: (error: unknown) => void) {
    this.#path = join(directory, UNKNOWN_COMMANDS_FILE);
    this.#onError = onError;
    this.#kept = readUnknownCommands(directory);
  }

  note(lab: string, name: string): void {
    if (!NAME.test(name)) return;
    const known = this.#kept[name];
    if (!known && !COMMON_COMMANDS.has(name)) {
      const other = this.#waiting.get(name);
      if (other === undefined || other === lab) {
        if (this.#waiting.size < WAITING_MAX) this.#waiting.set(name, lab);
        return;
      }
      this.#waiting.delete(name);
    }
    if (!known && Object.keys(this.#kept).length >= NAMES_MAX) return;
    const now = new Date().toISOString();
    this.#kept[name] = { count: (known?.count ?? 0) + 1, firstSeen: known?.firstSeen ?? now, lastSeen: now };
    this.#timer ??= setTimeout(() => this.write(), WRITE_AFTER_MS).unref();
  }

  /** Write what is not written yet. */
  write(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      writeFileSync(`${this.#path}.new`, `${JSON.stringify(this.#kept, undefined, 1)}\n`, { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** What the file holds; a missing or unreadable one is an empty list. */
export function readUnknownCommands(directory: string): UnknownCommandList {
  try {
    const read = fileShape.safeParse(JSON.parse(readFileSync(join(directory, UNKNOWN_COMMANDS_FILE), "utf8")));
    return read.success ? read.data : {};
  } catch {
    return {};
  }
}
