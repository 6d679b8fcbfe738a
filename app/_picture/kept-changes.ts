/** What happened around a lab's nodes while its page was open, kept in the browser: nobody else writes it down. */
import type { Surroundings } from "../../gateway/protocol.ts";

export interface KeptChange {
  atMs: number;
  before: Surroundings;
  after: Surroundings;
}

export interface KeptChanges {
  /** Oldest first. */
  read(): KeptChange[];
  add(change: KeptChange): void;
}

const CHANGES_MAX = 40;
/** Older ones belong to another day's work. */
const AGE_MAX_MS = 24 * 60 * 60_000;

/** @param storage of the browser; absent or full, changes are there until the page is left */
export function keptChanges(labId: string, storage: Pick<Storage, "getItem" | "setItem"> | undefined): KeptChanges {
  const key = `quorate-changes-${labId}`;
  const read = (): KeptChange[] => {
    try {
      const kept: unknown = JSON.parse(storage?.getItem(key) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isChange).filter(({ atMs }) => Date.now() - atMs < AGE_MAX_MS) : [];
    } catch {
      return [];
    }
  };
  return {
    read,
    add(change) {
      try {
        storage?.setItem(key, JSON.stringify([...read(), change].slice(-CHANGES_MAX)));
      } catch {
        // The page that is open has it.
      }
    },
  };
}

function isChange(value: unknown): value is KeptChange {
  const { atMs, before, after } = (value ?? {}) as Partial<Record<keyof KeptChange, unknown>>;
  return typeof atMs === "number" && isSurroundings(before) && isSurroundings(after);
}

function isSurroundings(value: unknown): value is Surroundings {
  const { nodes, links } = (value ?? {}) as Partial<Record<keyof Surroundings, unknown>>;
  return Array.isArray(nodes) && Array.isArray(links);
}
