/**
 * The tabs of a lab's terminals: one for each node, and further shells that the reader opened, kept in the browser.
 */
import { useEffect, useState } from "react";

export interface ShellTab {
  /** `pve1`, `pve1 (2)`: what the tab is called, and known by. */
  name: string;
  /** The same without spaces, as ids in a page are. */
  id: string;
  node: string;
  /** As the gateway tells several shells on one node apart. */
  slot: string;
}

/** On one node; all are of one login, and the gateway lets a person have 24 in all. */
export const SHELLS_PER_NODE_MAX = 4;

type Further = Record<string, string[]>;

export function shellTabs(nodes: readonly string[], further: Further): ShellTab[] {
  return nodes.flatMap((node) =>
    ["1", ...(further[node] ?? [])].map((slot) => ({
      name: slot === "1" ? node : `${node} (${slot})`,
      id: `${node}.${slot}`,
      node,
      slot,
    })),
  );
}

/** Whether a tab of this name is on the node. */
export function isTabOf(name: string | undefined, node: string): name is string {
  return name === node || (name?.startsWith(`${node} (`) ?? false);
}

/** The lowest slot that is free on the node; undefined when it has as many as it may. */
export function freeSlot(taken: readonly string[]): string | undefined {
  for (let slot = 2; slot <= SHELLS_PER_NODE_MAX; slot++) if (!taken.includes(String(slot))) return String(slot);
  return undefined;
}

export interface ShellTabs {
  tabs: ShellTab[];
  canOpen(node: string): boolean;
  /** @returns the new tab's name */
  open(node: string): string | undefined;
  close(tab: ShellTab): void;
}

export function useShellTabs(labId: string, nodes: readonly string[]): ShellTabs {
  const key = `quorate-shells-${labId}`;
  const [further, setFurther] = useState<Further>({});
  useEffect(() => setFurther(stored(key)), [key]);
  const keep = (next: Further) => {
    setFurther(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // They are there until the page is left.
    }
  };
  return {
    tabs: shellTabs(nodes, further),
    canOpen: (node) => freeSlot(further[node] ?? []) !== undefined,
    open(node) {
      const slot = freeSlot(further[node] ?? []);
      if (slot === undefined) return undefined;
      keep({ ...further, [node]: [...(further[node] ?? []), slot].sort() });
      return `${node} (${slot})`;
    },
    close({ node, slot }) {
      keep({ ...further, [node]: (further[node] ?? []).filter((one) => one !== slot) });
    },
  };
}

/** The tab that was in front when the page was left, or another chapter of the same lab. */
export function keptTab(labId: string): string | undefined {
  try {
    return localStorage.getItem(`quorate-tab-${labId}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepTab(labId: string, name: string): void {
  try {
    localStorage.setItem(`quorate-tab-${labId}`, name);
  } catch {
    // The first one is in front then.
  }
}

function stored(key: string): Further {
  try {
    return furtherFrom(JSON.parse(localStorage.getItem(key) ?? "{}"));
  } catch {
    return {};
  }
}

/** What a browser kept, without what cannot be. */
export function furtherFrom(kept: unknown): Further {
  if (typeof kept !== "object" || kept === null) return {};
  const entries = Object.entries(kept).map(([node, slots]): [string, string[]] => [
    node,
    Array.from({ length: SHELLS_PER_NODE_MAX - 1 }, (_, at) => String(at + 2)).filter(
      (slot) => Array.isArray(slots) && slots.includes(slot),
    ),
  ]);
  return Object.fromEntries(entries);
}
