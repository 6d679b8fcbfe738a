"use client";

/** Students who wait for an instructor, longest first, and what can be said to all or to one. */
import { useState } from "react";
import { CLASS_MESSAGE_CHARACTERS_MAX, type HelpEntry, type Message, type Reply } from "../../../gateway/protocol.ts";
import { LocalTime } from "../../_components/local-time.tsx";
import { pageConnection } from "../../_terminal/connection.ts";
import { sentence } from "../../_words/sentence.ts";

export function HelpQueue(props: {
  classId: string;
  help: HelpEntry[];
  /** What a step is called, and why it is not passed yet by the student. */
  tell(entry: HelpEntry): { title?: string | undefined; reason?: Message | undefined };
  nameOf(student: HelpEntry["student"]): string;
  onSay(student: HelpEntry["student"]): void;
}) {
  const { classId, help, tell, nameOf, onSay } = props;
  const [refusal, setRefusal] = useState<Message>();
  const send = (event: "help:claim" | "help:resolve", helpId: string) =>
    pageConnection().socket.emit(event, { classId, helpId }, (reply: Reply<object>) =>
      setRefusal(reply.ok ? undefined : reply.refusal.message),
    );
  return (
    <section aria-label="Waiting for help" className="mt-6">
      <h2 className="text-section">
        Waiting for help <span className="text-quiet tabular-nums">{help.length}</span>
      </h2>
      {help.length === 0 && <p className="mt-1 text-quiet">Nobody asks for help now.</p>}
      <ol aria-live="polite">
        {help.map((entry) => {
          const { title, reason } = tell(entry);
          return (
            <li key={entry.id} className="flex flex-wrap items-start gap-x-4 gap-y-2 border-t border-rule py-2">
              <div className="min-w-0 grow basis-60">
                <p>
                  <strong className="[overflow-wrap:anywhere]">{nameOf(entry.student)}</strong>{" "}
                  <span className="text-quiet">
                    seat {entry.student.seat.slice(1)}, since <LocalTime ms={entry.askedAtMs} />
                    {title && `, at “${title}”`}
                    {entry.claimedBy && `, ${entry.claimedBy} goes there`}
                  </span>
                </p>
                {entry.note && <p className="[overflow-wrap:anywhere] whitespace-pre-wrap">{entry.note}</p>}
                {reason && <p className="text-quiet">Last seen there: {sentence(reason)}</p>}
              </div>
              <p className="flex flex-wrap gap-2">
                <button type="button" className="button" onClick={() => send("help:claim", entry.id)}>
                  I go there
                </button>
                <button type="button" className="button" onClick={() => onSay(entry.student)}>
                  Write
                </button>
                <button type="button" className="button" onClick={() => send("help:resolve", entry.id)}>
                  Done
                </button>
              </p>
            </li>
          );
        })}
      </ol>
      {refusal && <p role="alert">{sentence(refusal)}</p>}
    </section>
  );
}

/** A message to a class is news for some seconds. */
const SENT_WITHIN_MS = 10_000;

/** @param props.to one student; absent: the whole class */
export function SaySomething(props: {
  classId: string;
  to: { id: string; name: string } | undefined;
  /** There is nobody else to write to here. */
  alone?: boolean;
  onDone: () => void;
}) {
  const { classId, to, onDone } = props;
  const [text, setText] = useState("");
  const [said, setSaid] = useState<string>();
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<Message>();
  const say = () => {
    const request = { classId, text: text.trim(), ...(to && { to: to.id }) };
    setSending(true);
    setSaid(undefined);
    const { socket } = pageConnection();
    // After that it is not sent any more, so that pressing again says nothing twice.
    socket.timeout(SENT_WITHIN_MS).emit("class:say", request, (late: Error | null, reply?: Reply<object>) => {
      setSending(false);
      if (late || !reply) {
        setSaid("It did not arrive: there is no connection. It stands here still; send it again.");
        return;
      }
      setRefusal(reply.ok ? undefined : reply.refusal.message);
      if (!reply.ok) return;
      setText("");
      setSaid(to ? `${to.name} sees it now.` : "Everybody sees it now.");
      onDone();
    });
  };
  return (
    <form
      className="mt-4 flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") say();
      }}
    >
      <label className="min-w-0 grow basis-80">
        <span className="text-quiet">{to ? `To ${to.name} alone` : "To the whole class"}</span>
        <textarea
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setSaid(undefined);
          }}
          maxLength={CLASS_MESSAGE_CHARACTERS_MAX}
          rows={2}
          className="mt-1 block w-full rounded-sm border border-edge bg-paper px-3 py-2"
        />
      </label>
      <button type="submit" className="button" disabled={sending || text.trim() === ""}>
        Send
      </button>
      {to && !props.alone && (
        <button type="button" className="button" onClick={onDone}>
          To all instead
        </button>
      )}
      <p role="status" className="basis-full text-quiet">
        {said}
      </p>
      {refusal && <p role="alert">{sentence(refusal)}</p>}
    </form>
  );
}
