"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { sendJson } from "../_class/send-json.ts";
import { usePageWords, useTrouble } from "../_words/page-words.tsx";

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
  const words = usePageWords();
  const troubleOf = useTrouble();
  const [trouble, setTrouble] = useState<string>();
  const choose = async (classId: string) => {
    try {
      await sendJson("PATCH", "/api/attended", { class: classId });
      setTrouble(undefined);
      router.refresh();
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  };
  if (attended.length === 0) return null;
  return (
    <section aria-label={words("classes.yours")} className="mt-6">
      <ul>
        {attended.map(({ classId, name, as, seat, meets, chosen }) => (
          <li key={classId} className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-rule py-2">
            <span className="min-w-0 grow [overflow-wrap:anywhere]">
              <strong>{name}</strong>, {words("classes.seat", { seat, name: as })}
              {meets && <span className="block text-small text-quiet">{meets}</span>}
            </span>
            {attended.length > 1 &&
              (chosen ? (
                <span className="text-quiet">{words("classes.chosen")}</span>
              ) : (
                <button type="button" className="button" onClick={() => choose(classId)}>
                  {words("classes.choose")}
                  <span className="sr-only">: {name}</span>
                </button>
              ))}
          </li>
        ))}
      </ul>
      {trouble && <p role="alert">{trouble}</p>}
    </section>
  );
}
