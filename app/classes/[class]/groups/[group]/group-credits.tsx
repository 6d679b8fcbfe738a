"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { inputClass } from "../../../../_class/field.tsx";
import { sendJson } from "../../../../_class/send-json.ts";
import { LocalTime } from "../../../../_components/local-time.tsx";

interface Member {
  id: string;
  name: string;
}

interface Step {
  /** `course/chapter/step`. */
  key: string;
  title: string;
  credited: Member[];
  corrections: { name: string; credited: boolean; reason: string; atMs: number }[];
}

/** Steps that the group passed; each member's credit is a press, which asks for a reason. */
export function GroupCredits(props: { address: string; members: Member[]; steps: Step[]; fixed: boolean }) {
  const { address, members, steps, fixed } = props;
  const router = useRouter();
  const [asked, setAsked] = useState<{ step: Step; member: Member; credited: boolean }>();
  const [trouble, setTrouble] = useState<string>();
  const correct = async (reason: string) => {
    if (!asked) return;
    const { step, member, credited } = asked;
    try {
      await sendJson("PATCH", address, { step: step.key, person: member.id, credited, reason });
      setAsked(undefined);
      setTrouble(undefined);
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  if (steps.length === 0) return <p className="mt-3">The group has passed no step yet.</p>;
  return (
    <ul className="mt-3">
      {steps.map((step) => {
        // Who was a member then and is none now keeps the credit.
        const people = [...members, ...step.credited.filter(({ id }) => !members.some((one) => one.id === id))];
        return (
          <li key={step.key} className="border-t border-rule py-2 [overflow-wrap:anywhere]">
            <p className="font-semibold">{step.title}</p>
            <p className="mt-1 flex flex-wrap gap-x-5">
              {people.map((member) => {
                const credited = step.credited.some(({ id }) => id === member.id);
                return (
                  <label key={member.id} className="flex min-h-9 items-center gap-2">
                    <input
                      type="checkbox"
                      className="size-4"
                      checked={credited}
                      disabled={fixed}
                      onChange={() => setAsked({ step, member, credited: !credited })}
                    />
                    {member.name}
                  </label>
                );
              })}
            </p>
            {step.corrections.map(({ name, credited, reason, atMs }) => (
              <p key={`${name} ${atMs}`} className="text-small text-quiet">
                <LocalTime ms={atMs} />: {credited ? `credited to ${name}` : `taken back from ${name}`}: {reason}
              </p>
            ))}
            {asked?.step.key === step.key && (
              <form
                className="mt-2 border-l-2 border-notyet pl-3"
                onSubmit={(event) => {
                  event.preventDefault();
                  void correct(String(new FormData(event.currentTarget).get("reason") ?? ""));
                }}
              >
                <label>
                  {asked.credited ? `Credit ${asked.member.name} with it` : `Take it back from ${asked.member.name}`}.
                  Why? {asked.member.name} can read it.
                  <input
                    name="reason"
                    required
                    minLength={3}
                    maxLength={300}
                    autoComplete="off"
                    className={inputClass}
                  />
                </label>
                <p className="mt-2 flex flex-wrap gap-3">
                  <button type="submit" className="button">
                    {asked.credited ? "Credit it" : "Take it back"}
                  </button>
                  <button type="button" className="button" onClick={() => setAsked(undefined)}>
                    Leave it
                  </button>
                </p>
                {trouble && <p role="alert">{trouble}</p>}
              </form>
            )}
          </li>
        );
      })}
    </ul>
  );
}
