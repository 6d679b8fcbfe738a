"use client";

/** The cable between two nodes, where the text asks for it: cut or put back, made slow or lossy. */
import { useEffect, useState } from "react";
import type { LabFault, Message, Reply, Surroundings } from "../../gateway/protocol.ts";
import { pageConnection, useConnection } from "../_terminal/connection.ts";
import { useChapter } from "./chapter-provider.tsx";
import { sentence } from "./sentence.ts";

type Link = Surroundings["links"][number];

/** `network` names one of several cables; `latency` (milliseconds) and `loss` (percent) change it instead of cutting it. */
export function Cable(props: { from: string; to: string; network?: string; latency?: string; loss?: string }) {
  const { from, to, network } = props;
  const { labId } = useChapter().chapter;
  const connected = useConnection().kind === "connected";
  const [link, setLink] = useState<Link>();
  const [refusal, setRefusal] = useState<Message>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (labId === undefined || !connected) return;
    const { socket } = pageConnection();
    const learn = ({ links }: Surroundings) =>
      setLink(
        links.find(
          (one) =>
            one.between.includes(from) &&
            one.between.includes(to) &&
            (network === undefined || one.network === network),
        ),
      );
    const changed = (event: { labId: string; surroundings: Surroundings }) => {
      if (event.labId === labId) learn(event.surroundings);
    };
    socket.on("lab:surroundings", changed);
    socket.emit("lab:surroundings", { labId }, (reply: Reply<{ surroundings: Surroundings }>) => {
      if (reply.ok) learn(reply.surroundings);
      else setRefusal(reply.refusal.message);
    });
    return () => void socket.off("lab:surroundings", changed);
  }, [labId, connected, from, to, network]);

  const wanted = changeOf(props, link);
  const press = () => {
    if (labId === undefined) return;
    setBusy(true);
    setRefusal(undefined);
    const fault: LabFault = {
      kind: "link",
      between: [from, to],
      ...(network !== undefined && { network }),
      ...wanted.change,
    };
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
        onClick={press}
        disabled={!connected || labId === undefined || link === undefined || busy}
      >
        {wanted.word}
      </button>
      <span role="status" className="text-quiet">
        {refusal ? sentence(refusal) : link && stateWords(props, link)}
      </span>
    </div>
  );
}

function changeOf(
  { from, to, network, latency, loss }: Parameters<typeof Cable>[0],
  link: Link | undefined,
): { word: string; change: { up?: boolean; latencyMs?: number; lossPercent?: number } } {
  const cable = `${from}–${to}${network === undefined ? "" : ` (${network})`}`;
  if (latency !== undefined) {
    const on = link !== undefined && link.latencyMs >= Number(latency);
    return on
      ? { word: `Make ${cable} fast again`, change: { latencyMs: 0 } }
      : { word: `Add ${latency} ms to ${cable}`, change: { latencyMs: Number(latency) } };
  }
  if (loss !== undefined) {
    const on = link !== undefined && link.lossPercent >= Number(loss);
    return on
      ? { word: `Lose nothing on ${cable}`, change: { lossPercent: 0 } }
      : { word: `Lose ${loss} % on ${cable}`, change: { lossPercent: Number(loss) } };
  }
  return link?.up === false
    ? { word: `Put the cable ${cable} back`, change: { up: true } }
    : { word: `Pull the cable ${cable}`, change: { up: false } };
}

function stateWords({ latency, loss }: Parameters<typeof Cable>[0], link: Link): string {
  if (latency !== undefined) return `Delay now: ${link.latencyMs} ms one way.`;
  if (loss !== undefined) return `Loss now: ${link.lossPercent} %.`;
  return link.up ? "The cable is in." : "The cable is out.";
}
