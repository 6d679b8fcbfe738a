"use client";

/** The plug of one node, where the text asks for it: pulled or put back, for labs that can do it. */
import { useEffect, useState } from "react";
import type { LabFault, Message, Reply, Surroundings } from "../../gateway/protocol.ts";
import { pageConnection, useConnection } from "../_terminal/connection.ts";
import { useChapter } from "./chapter-provider.tsx";
import { sentence } from "./sentence.ts";

export function Power({ node }: { node: string }) {
  const { chapter } = useChapter();
  const { labId } = chapter;
  const connected = useConnection().kind === "connected";
  const [state, setState] = useState<"on" | "off" | "hung">();
  const [refusal, setRefusal] = useState<Message>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (labId === undefined || !connected) return;
    const { socket } = pageConnection();
    const learn = (surroundings: Surroundings) => setState(surroundings.nodes.find(({ name }) => name === node)?.power);
    const changed = (event: { labId: string; surroundings: Surroundings }) => {
      if (event.labId === labId) learn(event.surroundings);
    };
    socket.on("lab:surroundings", changed);
    socket.emit("lab:surroundings", { labId }, (reply: Reply<{ surroundings: Surroundings }>) => {
      if (reply.ok) learn(reply.surroundings);
      else setRefusal(reply.refusal.message);
    });
    return () => void socket.off("lab:surroundings", changed);
  }, [labId, connected, node]);

  const change = () => {
    if (labId === undefined) return;
    setBusy(true);
    setRefusal(undefined);
    const fault: LabFault = { kind: "power", node, state: state === "on" ? "off" : "on" };
    pageConnection().socket.emit("lab:fault", { labId, fault }, (reply: Reply<object>) => {
      setBusy(false);
      if (!reply.ok) setRefusal(reply.refusal.message);
    });
  };

  return (
    <div className="no-print my-3.5 flex flex-wrap items-center gap-3 text-ui">
      <button
        type="button"
        className="button"
        onClick={change}
        disabled={!connected || labId === undefined || state === undefined || busy}
      >
        {state === "on" || state === undefined ? `Pull the plug of ${node}` : `Switch ${node} on`}
      </button>
      <span role="status" className="text-quiet">
        {refusal ? sentence(refusal) : state && `${node} is ${words[state]}.`}
      </span>
    </div>
  );
}

const words = { on: "on", off: "off", hung: "on, but hangs" };
