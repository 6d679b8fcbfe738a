"use client";

import { Hand } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { HELP_NOTE_CHARACTERS_MAX, type RoomMessage } from "../../gateway/protocol.ts";
import { LocalTime } from "../_components/local-time.tsx";
import { useSentence, useWords } from "../_words/words.tsx";
import type { ClassRoom } from "./class-room.tsx";
import { MessageHead } from "./message-head.tsx";

/** In the header: calls an instructor, says where one stands in the queue, and keeps what was said to the class. */
export function CallForHelp({ state }: { state: ClassRoom }) {
  const sentence = useSentence();
  const words = useWords();
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState("");
  const { room, live, sending, refusal, className } = state;
  const help = room?.help;
  const label = words(help ? (help.claimedBy ? "help.coming" : "help.asked") : "help.ask");
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className={`button ml-auto min-h-9 shrink-0 gap-2 px-3 text-small ${help ? "border-accent text-accent" : ""}`}
      >
        <Hand aria-hidden="true" size={16} />
        <span className="max-wide:sr-only">{label}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label={words("help.from")}
          className="z-50 w-[min(24rem,calc(100vw-1rem))] border border-edge bg-paper p-4 text-ui"
        >
          {help ? (
            <div>
              <p role="status">
                {help.claimedBy ? (
                  <strong>{words("help.on-the-way", { name: help.claimedBy })}</strong>
                ) : (
                  <>
                    {words("help.asked-at")} <LocalTime ms={help.askedAtMs} />.{" "}
                    {help.ahead === 0 ? words("help.next") : words("help.before-you", { count: help.ahead })}
                  </>
                )}
              </p>
              {help.note && <p className="mt-2 border-l-2 border-rule pl-3 text-quiet">{help.note}</p>}
              <button type="button" className="button mt-4" onClick={state.withdraw} disabled={sending}>
                {words("help.no-more")}
              </button>
            </div>
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                state.ask(state.step, note);
                setNote("");
              }}
            >
              <p className="font-semibold">{words("help.call", { name: className })}</p>
              <label className="mt-2 block">
                <span className="text-small text-quiet">{words("help.about")}</span>
                <textarea
                  value={note}
                  onChange={(event) => setNote(event.target.value)}
                  maxLength={HELP_NOTE_CHARACTERS_MAX}
                  rows={3}
                  className="mt-1 block w-full rounded-sm border border-edge bg-paper px-3 py-2"
                />
              </label>
              <button type="submit" className="button button-lead mt-3" disabled={sending}>
                {words("help.ask")}
              </button>
            </form>
          )}
          {!live && <p className="mt-3 text-notyet">{words(sending ? "help.offline-sending" : "help.offline")}</p>}
          {refusal && (
            <p role="alert" className="mt-3">
              {sentence(refusal)}
            </p>
          )}
          <Said messages={room?.messages ?? []} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Said({ messages }: { messages: RoomMessage[] }) {
  const words = useWords();
  if (messages.length === 0) return null;
  return (
    <section aria-label={words("said.to-class")} className="mt-4 border-t border-rule pt-3">
      <h2 className="font-semibold">{words("said.today")}</h2>
      <ul className="max-h-60 overflow-y-auto">
        {messages.map((message) => (
          <li key={message.id} className="mt-2">
            <MessageHead message={message} />
            <p className="[overflow-wrap:anywhere] whitespace-pre-wrap">{message.text}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
