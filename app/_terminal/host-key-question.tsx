"use client";

/**
 * A node shows another host key than the lab knows: both keys, what that may mean, whom to ask; and for whoever teaches, the
 * way to accept it.
 */
import { Dialog } from "radix-ui";
import { useEffect, useState } from "react";
import type { HostKeyFacts, Reply } from "../../gateway/protocol.ts";
import { Trouble } from "../_components/trouble.tsx";
import { useSentence, useWords } from "../_words/words.tsx";
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
  const words = useWords();
  const sentence = useSentence();
  const [facts, setFacts] = useState<HostKeyFacts>();
  const [trouble, setTrouble] = useState<string>();
  const [compared, setCompared] = useState(false);
  const [busy, setBusy] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the language does not change while it is open
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
      else setTrouble(late ? words("host-key.late") : refusalOf(reply));
    });
    return () => {
      gone = true;
    };
  }, [open, labId, node]);

  const refusalOf = (reply: Reply<object>) => (reply.ok ? "" : sentence(reply.refusal.message));

  const accept = () => {
    if (!facts) return;
    setBusy(true);
    setTrouble(undefined);
    const request = { labId, node, hostKeySha256: facts.shown };
    const { socket } = pageConnection();
    socket.timeout(ANSWER_WITHIN_MS).emit("terminal:trust-host-key", request, (late, reply) => {
      setBusy(false);
      if (!late && reply.ok) onAccepted();
      else setTrouble(late ? words("host-key.late") : refusalOf(reply));
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
          <Dialog.Title className="font-semibold text-section">{words("host-key.title", { node })}</Dialog.Title>
          {!facts && !trouble && <p className="mt-2">{words("host-key.asking", { node })}</p>}
          {facts && !changed && <p className="mt-2">{words("host-key.same", { node })}</p>}
          {changed && (
            <>
              <p className="mt-2">{words("host-key.changed", { node })}</p>
              <dl className="mt-3 grid gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr]">
                <dt className="text-quiet">{words("host-key.known")}</dt>
                <dd className="font-mono text-code break-all">{facts.known}</dd>
                <dt className="text-quiet">{words("host-key.shown")}</dt>
                <dd className="font-mono text-code break-all">{facts.shown}</dd>
              </dl>
              {facts.mayAccept ? (
                <Acceptance node={node} compared={compared} onCompared={setCompared} />
              ) : (
                <p className="mt-3">
                  {facts.teachers.length > 0
                    ? words("host-key.ask", { names: facts.teachers.join(", ") })
                    : words("host-key.ask-server")}
                </p>
              )}
            </>
          )}
          <Trouble className="mt-3">{trouble}</Trouble>
          <div className="mt-4 flex flex-wrap gap-3">
            {changed && facts.mayAccept && (
              <button type="button" className="button button-lead" disabled={!compared || busy} onClick={accept}>
                {words("host-key.accept")}
              </button>
            )}
            <Dialog.Close className="button">
              {words(facts?.mayAccept && changed ? "host-key.decline" : "host-key.close")}
            </Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Acceptance(props: { node: string; compared: boolean; onCompared(compared: boolean): void }) {
  const words = useWords();
  return (
    <>
      <p className="mt-3">{words("host-key.compare", { node: props.node })}</p>
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
        <span>{words("host-key.compared")}</span>
      </label>
      <p className="mt-2 text-quiet">{words("host-key.counts")}</p>
    </>
  );
}
