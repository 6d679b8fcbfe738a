"use client";

/** @returns types a command into a node's terminal and shows that tab */
export function useRunInTerminal(): (node: string, command: string) => void {
  return () => {};
}
