"use client";

/**
 * A node shows another host key than the lab knows: both keys, what that may mean, whom to ask; and for whoever teaches, the
 * way to accept it.
 */
import { Dialog } from "radix-ui";
import { useEffect, useState } from "react";
import type { HostKeyFacts, Reply } from "../../gateway/protocol.ts";
import { say } from "../../gateway/words.ts";
import { pageConnection } from "./connection.ts";

/** The gateway gives the node 10 s, and a node that is busy lets it wait its turn. */
const ANSWER_WITHIN_MS = 30_000;

export interface HostKeyQuestionProps {
  labId: string;
  node: string;
  open: boolean;
  onClose(): void;
  /** The new key counts from now on. */
  onAccepted(): void;
}

export function HostKeyQuestion({ labId, node, open, onClose, onAccepted }: HostKeyQuestionProps) {
  const [facts, setFacts] = useState<HostKeyFacts>();
  const [trouble, setTrouble] = useState<string>();
  const [compared, setCompared] = useState(false);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (!open) return;
    let gone = false;
    setFacts(undefined);
    setTrouble(undefined);
    setCompared(false);
    const { socket } = pageConnection();
    socket.timeout(ANSWER_WITHIN_MS).emit("terminal:host-key", { labId, node }, (late, reply) => {
      if (gone) return;
      if (!late && reply.ok) setFacts(reply);
      else setTrouble(late ? "The server did not answer. Close this and try again." : refusalOf(reply));
    });
    return () => {
      gone = true;
    };
  }, [open, labId, node]);

  const accept = () => {
    if (!facts) return;
    setBusy(true);
    setTrouble(undefined);
    const request = { labId, node, hostKeySha256: facts.shown };
    const { socket } = pageConnection();
    socket.timeout(ANSWER_WITHIN_MS).emit("terminal:trust-host-key", request, (late, reply) => {
      setBusy(false);
      if (!late && reply.ok) onAccepted();
      else setTrouble(late ? "The server did not answer. Nothing is known to have changed." : refusalOf(reply));
    });
  };

  const changed = facts !== undefined && facts.known !== facts.shown;
  return (
    <Dialog.Root open={open} onOpenChange={(is) => !is && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-ink/30" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[min(42rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto border border-edge bg-paper p-5"
        >
          <Dialog.Title className="font-semibold text-section">The host key of {node}</Dialog.Title>
          {!facts && !trouble && <p className="mt-2">Asking {node} for its key…</p>}
          {facts && !changed && (
            <p className="mt-2">
              {node} shows the key that this lab knows. Nothing has to be accepted; open a new shell.
            </p>
          )}
          {changed && (
            <>
              <p className="mt-2">
                A host key is how a machine proves that it is the same one as before. {node} now shows another. Either
                it was installed anew, or something else answers at its address. No password or key was sent to it.
              </p>
              <dl className="mt-3 grid gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr]">
                <dt className="text-quiet">Known until now</dt>
                <dd className="font-mono text-code break-all">{facts.known}</dd>
                <dt className="text-quiet">Shown now</dt>
                <dd className="font-mono text-code break-all">{facts.shown}</dd>
              </dl>
              {facts.mayAccept ? (
                <Acceptance node={node} compared={compared} onCompared={setCompared} />
              ) : (
                <p className="mt-3">
                  {asked(facts.teachers)} Only they can accept the new key, after comparing it on the machine itself.
                </p>
              )}
            </>
          )}
          {trouble && (
            <p role="alert" className="mt-3 border-l-2 border-notyet pl-3">
              {trouble}
            </p>
          )}
          <div className="mt-4 flex flex-wrap gap-3">
            {changed && facts.mayAccept && (
              <button type="button" className="button button-lead" disabled={!compared || busy} onClick={accept}>
                Accept the new key
              </button>
            )}
            <Dialog.Close className="button">{facts?.mayAccept && changed ? "Do not accept" : "Close"}</Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Acceptance(props: { node: string; compared: boolean; onCompared(compared: boolean): void }) {
  return (
    <>
      <p className="mt-3">
        Do not accept it because it looks right. Go to the console of {props.node} (not through this page) and run:
      </p>
      <pre className="mt-2 overflow-x-auto border border-rule bg-raised p-2 font-mono text-code">
        for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done
      </pre>
      <label className="mt-3 flex items-start gap-2">
        <input
          type="checkbox"
          className="mt-1"
          checked={props.compared}
          onChange={(event) => props.onCompared(event.target.checked)}
        />
        <span>One of the lines printed there shows the new key, letter by letter.</span>
      </label>
      <p className="mt-2 text-quiet">It counts for this node of this lab alone, and is written into the audit log.</p>
    </>
  );
}

/** Whom to ask, by name where there is a class. */
function asked(teachers: readonly string[]): string {
  if (teachers.length === 0) return "Ask whoever runs this Quorate.";
  const names = teachers.length === 1 ? teachers[0] : `${teachers.slice(0, -1).join(", ")} or ${teachers.at(-1)}`;
  return `Ask ${names}, who ${teachers.length === 1 ? "teaches" : "teach"} your class.`;
}

function refusalOf(reply: Reply<object>): string {
  return reply.ok ? "" : say(reply.refusal.message);
}
