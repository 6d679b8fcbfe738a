"use client";

/** What the plug and the cable in a text share: the lab's surroundings as they are, and a button that changes them. */
import { useEffect, useState } from "react";
import type { FaultApplied, LabFault, Message, Reply, Surroundings } from "../../gateway/protocol.ts";
import { pageConnection, useConnection } from "../_terminal/connection.ts";
import { useCatalogue, useSentence } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";

interface Offer {
  /** On the button. */
  word: string;
  /** What pressing does; absent while the thing is not known. */
  fault: LabFault | undefined;
  /** How the thing stands. */
  says: string | undefined;
}

/** @param props.offer from the surroundings; undefined before the lab told them */
export function FaultControl({ offer }: { offer: (surroundings: Surroundings | undefined) => Offer }) {
  const { labId } = useChapter().chapter;
  const sentence = useSentence();
  const { language } = useCatalogue();
  const connected = useConnection().kind === "connected";
  const [surroundings, setSurroundings] = useState<Surroundings>();
  const [refusal, setRefusal] = useState<Message>();
  const [busy, setBusy] = useState(false);
  const [printed, setPrinted] = useState<string>();

  useEffect(() => {
    if (labId === undefined || !connected) return;
    const { socket } = pageConnection();
    const changed = (event: { labId: string; surroundings: Surroundings }) => {
      if (event.labId === labId) setSurroundings(event.surroundings);
    };
    socket.on("lab:surroundings", changed);
    socket.emit("lab:surroundings", { labId }, (reply: Reply<{ surroundings: Surroundings }>) => {
      if (reply.ok) setSurroundings(reply.surroundings);
      else setRefusal(reply.refusal.message);
    });
    return () => void socket.off("lab:surroundings", changed);
  }, [labId, connected]);

  const { word, fault, says } = offer(surroundings);
  const press = () => {
    if (labId === undefined || fault === undefined) return;
    setBusy(true);
    setRefusal(undefined);
    setPrinted(undefined);
    pageConnection().socket.emit("lab:fault", { labId, fault }, (reply: Reply<FaultApplied>) => {
      setBusy(false);
      if (reply.ok) setPrinted(reply.printed);
      else setRefusal(reply.refusal.message);
    });
  };
  return (
    <div lang={language} className="no-print my-3.5 flex flex-wrap items-center gap-3 text-ui">
      <button
        type="button"
        className="button"
        onClick={press}
        disabled={!connected || labId === undefined || fault === undefined || busy}
      >
        {word}
      </button>
      <span role="status" className="text-quiet">
        {refusal ? sentence(refusal) : says}
      </span>
      {printed !== undefined && (
        <output className="w-full border-l-2 border-rule pl-3 font-mono text-small whitespace-pre-wrap [overflow-wrap:anywhere]">
          {printed}
        </output>
      )}
    </div>
  );
}
