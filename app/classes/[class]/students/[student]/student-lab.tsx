"use client";

import { useState } from "react";
import { WatchedTerminal } from "../../../../_class/watched-terminal.tsx";
import { LabPicture } from "../../../../_picture/lab-picture.tsx";
import { HostKeyQuestion } from "../../../../_terminal/host-key-question.tsx";

/** The student's lab as its nodes tell it, and their terminals, which are watched only when they agree. */
export function StudentLab(props: {
  labId: string;
  nodes: string[];
  owner: string;
  terminals: { id: string; node: string }[];
  /** Nodes that showed another host key than the lab knows when the student last came. */
  otherKeys: string[];
}) {
  const { labId, nodes, owner, terminals } = props;
  const [keyOf, setKeyOf] = useState<string>();
  const [accepted, setAccepted] = useState<string[]>([]);
  const otherKeys = props.otherKeys.filter((node) => !accepted.includes(node));
  const [watched, setWatched] = useState<{ id: string; node: string }>();
  return (
    <section aria-label="Lab" className="mt-6">
      <div className="border border-rule">
        <LabPicture labId={labId} nodes={nodes} initiallyOpen={true} />
      </div>
      <h2 className="mt-6 text-section">Terminals</h2>
      {otherKeys.map((node) => (
        <p key={node} className="mt-2 flex flex-wrap items-center gap-3 border-l-2 border-notyet pl-3">
          <span>{node} showed another host key than this lab knows, so the student got no shell there.</span>
          <button type="button" className="button" onClick={() => setKeyOf(node)}>
            Compare the keys of {node}
          </button>
        </p>
      ))}
      {accepted.map((node) => (
        <p key={node} role="status" className="mt-2">
          The new key of {node} is accepted. The student can press “New shell”.
        </p>
      ))}
      {keyOf !== undefined && (
        <HostKeyQuestion
          labId={labId}
          node={keyOf}
          open
          onClose={() => setKeyOf(undefined)}
          onAccepted={() => {
            setAccepted([...accepted, keyOf]);
            setKeyOf(undefined);
          }}
        />
      )}
      {terminals.length === 0 ? (
        <p className="mt-1 text-quiet">None is open. Reload this page when the student has opened one.</p>
      ) : (
        <p className="mt-2 flex flex-wrap items-center gap-3">
          {terminals.map((terminal) => (
            <button
              key={terminal.id}
              type="button"
              className="button"
              aria-pressed={watched?.id === terminal.id}
              onClick={() => setWatched(terminal)}
            >
              Ask to watch {terminal.node}
            </button>
          ))}
          <span className="text-quiet">The student is asked, sees that you watch, and can end it.</span>
        </p>
      )}
      {watched && (
        <WatchedTerminal
          key={watched.id}
          labId={labId}
          node={watched.node}
          sessionId={watched.id}
          owner={owner}
          onClose={() => setWatched(undefined)}
        />
      )}
    </section>
  );
}
