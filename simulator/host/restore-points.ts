/**
 * States of a lab that are kept beside it: what was there before it was put into another state.
 *
 * The newest three stay. Each is a snapshot as `lab-store.ts` writes it, with a label that says when it was made.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "./whole-file.ts";

/** How many states before the present one can be returned to. */
const RESTORE_POINTS_MAX = 3;

const record = z.strictObject({
  id: z.string(),
  /** What a reader knows it by, `Chapter 5`. */
  label: z.string(),
  /** Milliseconds since 1970. */
  keptAtMs: z.number(),
});

export type RestorePoint = z.infer<typeof record>;

export class RestorePoints {
  readonly #directory: string;

  /** @param labDirectory the lab's own folder */
  constructor(labDirectory: string) {
    this.#directory = join(labDirectory, "restore-points");
  }

  /** Newest first. One whose record cannot be read is left out. */
  list(): RestorePoint[] {
    if (!existsSync(this.#directory)) return [];
    return readdirSync(this.#directory)
      .filter((name) => name.endsWith(".json") && !name.endsWith(".snapshot.json"))
      .flatMap((name) => {
        const parsed = record.safeParse(readJson(join(this.#directory, name)));
        return parsed.success ? [parsed.data] : [];
      })
      .sort((a, b) => b.keptAtMs - a.keptAtMs || b.id.localeCompare(a.id));
  }

  /** Keep a snapshot file; the oldest ones above the limit go. */
  keep(snapshotPath: string, label: string, nowMs: number): RestorePoint {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    let id = String(nowMs);
    for (let suffix = 2; existsSync(this.#recordPath(id)); suffix++) id = `${nowMs}-${suffix}`;
    const point: RestorePoint = { id, label, keptAtMs: nowMs };
    copyFileSync(snapshotPath, this.snapshotPath(id));
    // The record comes last: a snapshot without one was cut off by a crash and does not count.
    writeWhole(this.#recordPath(id), JSON.stringify(point));
    for (const old of this.list().slice(RESTORE_POINTS_MAX)) {
      rmSync(this.#recordPath(old.id), { force: true });
      rmSync(this.snapshotPath(old.id), { force: true });
    }
    return point;
  }

  has(id: string): boolean {
    return this.list().some((point) => point.id === id);
  }

  snapshotPath(id: string): string {
    return join(this.#directory, `${id}.snapshot.json`);
  }

  #recordPath(id: string): string {
    return join(this.#directory, `${id}.json`);
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
