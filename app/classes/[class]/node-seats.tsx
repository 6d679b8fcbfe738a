"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { inputClass } from "../../_class/field.tsx";
import { sendJson } from "../../_class/send-json.ts";
import { Trouble } from "../../_components/trouble.tsx";

export interface NodeSeats {
  inventory: string;
  seats: { name: string; nodes: string[]; labId: string | null }[];
  /** Labs of the class that stand on real nodes or wait for some, with whose they are. */
  labs: { id: string; of: string }[];
}

/** Which real nodes are whose in this class; given by name or in order, and corrected here. */
export function NodeSeatsTable({ classId, given }: { classId: string; given: NodeSeats }) {
  const router = useRouter();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const give = async (seat: string, labId: string | null) => {
    setBusy(true);
    setTrouble(undefined);
    try {
      await sendJson("PATCH", `/api/classes/${classId}/node-seats`, { inventory: given.inventory, seat, labId });
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby="node-seats" className="off-projector mt-10 border-t border-rule pt-5">
      <h2 id="node-seats" className="font-semibold">
        Real nodes of {given.inventory}
      </h2>
      <p className="mt-1 max-w-[64ch] text-quiet">
        A student or group gets the seat of the same name, or the first free one, when they open a chapter. Two who
        change places change their nodes at once: their chapters begin anew on them, their passes stay.
      </p>
      <table className="mt-3">
        <thead>
          <tr className="text-left text-quiet">
            <th className="pr-6 font-normal">Seat</th>
            <th className="pr-6 font-normal">Nodes</th>
            <th className="font-normal">Whose</th>
          </tr>
        </thead>
        <tbody>
          {given.seats.map(({ name, nodes, labId }) => (
            <tr key={name} className="border-t border-rule">
              <th scope="row" className="py-1 pr-6 text-left font-normal">
                {name}
              </th>
              <td className="pr-6 font-mono text-small">{nodes.join(", ")}</td>
              <td>
                <select
                  aria-label={`Whose ${name} is`}
                  value={labId ?? ""}
                  disabled={busy}
                  className={`${inputClass} w-auto max-w-full`}
                  onChange={({ currentTarget: { value } }) => void give(name, value === "" ? null : value)}
                >
                  <option value="">free</option>
                  {given.labs.map(({ id, of }) => (
                    <option key={id} value={id}>
                      {of}
                    </option>
                  ))}
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Trouble className="mt-2">{trouble}</Trouble>
    </section>
  );
}
