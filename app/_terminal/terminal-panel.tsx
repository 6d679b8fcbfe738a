"use client";

/** The terminals beside a chapter's text: a tab for each node. */

export interface TerminalPanelProps {
  labId: string;
  /** In the order of the tabs. */
  nodes: { name: string }[];
  className?: string;
}

/** Must stand inside a `TerminalsProvider` of the same lab, which holds the shells so that a hidden panel keeps them. */
export function TerminalPanel({ nodes, className }: TerminalPanelProps) {
  return <section className={className}>{nodes.map((node) => node.name).join(" ")}</section>;
}
