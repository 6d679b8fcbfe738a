"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { sendJson } from "../_class/send-json.ts";

interface Attended {
  classId: string;
  name: string;
  /** As the class calls the reader. */
  as: string;
  seat: string;
  /** When it meets, in words; undefined when that is not said. */
  meets: string | undefined;
  chosen: boolean;
}

/** The classes that the reader learns in; with several of one course, the one whose lab the chapters open. */
export function AttendedClasses({ attended }: { attended: Attended[] }) {
  const router = useRouter();
  const [trouble, setTrouble] = useState<string>();
  const choose = async (classId: string) => {
    try {
      await sendJson("PATCH", "/api/attended", { class: classId });
      setTrouble(undefined);
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  if (attended.length === 0) return null;
  return (
    <section aria-label="Your classes" className="mt-6">
      <ul>
        {attended.map(({ classId, name, as, seat, meets, chosen }) => (
          <li key={classId} className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-rule py-2">
            <span className="min-w-0 grow [overflow-wrap:anywhere]">
              <strong>{name}</strong>, seat {seat}, as {as}
              {meets && <span className="block text-small text-quiet">{meets}</span>}
            </span>
            {attended.length > 1 &&
              (chosen ? (
                <span className="text-quiet">You work in this one</span>
              ) : (
                <button type="button" className="button" onClick={() => choose(classId)}>
                  Work in this one<span className="sr-only">: {name}</span>
                </button>
              ))}
          </li>
        ))}
      </ul>
      {trouble && <p role="alert">{trouble}</p>}
    </section>
  );
}
