"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { Field, inputClass } from "../_class/field.tsx";
import { QrCode } from "../_class/qr-code.tsx";
import { sendJson } from "../_class/send-json.ts";
import { Trouble } from "../_components/trouble.tsx";

interface Teacher {
  id: string;
  name: string;
  role: string;
}

export function Instructors({ teachers }: { teachers: Teacher[] }) {
  const router = useRouter();
  const [invited, setInvited] = useState<{ name: string; link: string }>();
  const [ending, setEnding] = useState<string>();
  const [trouble, setTrouble] = useState<string>();
  const send = async (method: "POST" | "DELETE", what: object) => {
    setTrouble(undefined);
    try {
      const answer = await sendJson<{ name: string; path: string }>(method, "/api/instructors", what);
      setInvited(method === "POST" ? { name: answer.name, link: window.location.origin + answer.path } : undefined);
      setEnding(undefined);
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          void send("POST", { name: String(new FormData(form).get("name") ?? "") }).then(() => form.reset());
        }}
      >
        <Field label="Name" hint="As their students know them.">
          <input name="name" required maxLength={200} autoComplete="off" className={inputClass} />
        </Field>
        <p className="mt-4">
          <button type="submit" className="button button-lead min-h-11 px-5">
            Invite
          </button>
        </p>
      </form>
      <Trouble className="mt-4">{trouble}</Trouble>
      {invited && (
        <section role="status" aria-label="Invitation" className="mt-6 border-y border-rule py-4">
          <p>
            The link for <strong>{invited.name}</strong>. It is shown only now; whoever opens it is {invited.name}:
          </p>
          <p className="my-3 font-mono text-small break-all">{invited.link}</p>
          <QrCode text={invited.link} label={`QR code of the invitation of ${invited.name}`} />
        </section>
      )}
      <h2 className="mt-10 text-section">Who teaches here</h2>
      <ul className="mt-2">
        {teachers.map(({ id, name, role }) => (
          <li key={id} className="flex flex-wrap items-center gap-3 border-t border-rule py-2">
            <span className="min-w-0 grow [overflow-wrap:anywhere]">
              {name} <span className="text-quiet">{role}</span>
            </span>
            {role === "instructor" && ending !== id && (
              <>
                <button type="button" className="button" onClick={() => send("POST", { person: id })}>
                  New link
                </button>
                <button type="button" className="button" onClick={() => setEnding(id)}>
                  End
                </button>
              </>
            )}
            {ending === id && (
              <p role="alert" className="basis-full border-l-2 border-notyet pl-3">
                {name} is signed out and teaches no more. Their classes stay, and you see them.{" "}
                <button type="button" className="button" onClick={() => send("DELETE", { person: id })}>
                  End it
                </button>{" "}
                <button type="button" className="button" onClick={() => setEnding(undefined)}>
                  Leave it
                </button>
              </p>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
