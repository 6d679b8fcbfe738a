"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { inputClass } from "../_class/field.tsx";
import { sendJson } from "../_class/send-json.ts";
import { Trouble } from "../_components/trouble.tsx";
import { Doctor } from "./doctor.tsx";

interface Seat {
  name: string;
  nodes: { name: string; host: string }[];
  taken: boolean;
}

export function InventoryCard(props: {
  name: string;
  seats: Seat[];
  /** Undefined: new labs do not stand on it; `null`: those of learners outside any class. */
  use: { classId: string | null } | undefined;
  classes: { id: string; name: string }[];
}) {
  const { name, seats, use, classes } = props;
  const router = useRouter();
  const [trouble, setTrouble] = useState<string>();
  const [removing, setRemoving] = useState(false);
  const address = `/api/inventories/${encodeURIComponent(name)}`;
  const send = async (method: "PATCH" | "DELETE", what: object) => {
    setTrouble(undefined);
    try {
      await sendJson(method, address, what);
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  const chosen = use === undefined ? "none" : (use.classId ?? "outside");
  const nodes = seats.reduce((sum, seat) => sum + seat.nodes.length, 0);
  return (
    <section aria-label={name} className="mt-8 border-t-2 border-edge pt-3">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h2 className="grow text-section [overflow-wrap:anywhere]">{name}</h2>
        <span className="text-quiet">
          {seats.length === 1 ? "1 seat" : `${seats.length} seats`}, {nodes === 1 ? "1 node" : `${nodes} nodes`},{" "}
          {seats.filter(({ taken }) => taken).length} taken
        </span>
      </div>
      <p className="mt-2 flex flex-wrap items-center gap-3">
        <label className="flex min-w-0 flex-wrap items-center gap-2">
          New labs on it:
          <select
            value={chosen}
            className={`${inputClass} w-auto max-w-full`}
            onChange={({ currentTarget: { value } }) =>
              void send(
                "PATCH",
                value === "none" ? { stop: true } : { use: { classId: value === "outside" ? null : value } },
              )
            }
          >
            <option value="none">nobody's</option>
            <option value="outside">of learners outside any class</option>
            {classes.map(({ id, name: called }) => (
              <option key={id} value={id}>
                of {called}
              </option>
            ))}
          </select>
        </label>
        {removing ? (
          <span role="alert">
            Its secrets go, and labs on it lose their nodes.{" "}
            <button type="button" className="button" onClick={() => void send("DELETE", {})}>
              Remove it
            </button>{" "}
            <button type="button" className="button" onClick={() => setRemoving(false)}>
              Leave it
            </button>
          </span>
        ) : (
          <button type="button" className="button" onClick={() => setRemoving(true)}>
            Remove<span className="sr-only"> {name}</span>
          </button>
        )}
      </p>
      <Trouble className="mt-2">{trouble}</Trouble>
      <details className="mt-2">
        <summary className="cursor-pointer">Seats and nodes</summary>
        <ul className="mt-1">
          {seats.map((seat) => (
            <li key={seat.name} className="border-t border-rule py-1 [overflow-wrap:anywhere]">
              {seat.name} <span className="text-quiet">{seat.taken ? "taken" : "free"}</span>{" "}
              <span className="font-mono text-small">
                {seat.nodes.map(({ name: node, host }) => `${node} ${host}`).join(", ")}
              </span>
            </li>
          ))}
        </ul>
      </details>
      <Doctor address={`${address}/doctor`} />
    </section>
  );
}
