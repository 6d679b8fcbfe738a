"use client";

import { LabPicture } from "../_picture/lab-picture.tsx";
import { TerminalPanel } from "../_terminal/terminal-panel.tsx";

/** What a learner works at: the lab's picture above a terminal for each node. */
export function LabDesk(props: {
  labId: string;
  nodes: string[];
  pictureOpen: boolean;
  cables: boolean;
  children?: React.ReactNode;
}) {
  const { labId, nodes, pictureOpen, cables, children } = props;
  return (
    <>
      <LabPicture labId={labId} nodes={nodes} initiallyOpen={pictureOpen} cables={cables} />
      {children}
      <TerminalPanel labId={labId} nodes={nodes.map((name) => ({ name }))} className="min-h-0 grow" />
    </>
  );
}
