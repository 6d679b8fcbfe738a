"use client";

/**
 * What a student has of their class on every page: the button that calls an instructor, and what is said to the class.
 *
 * Nothing here takes the focus: a message appears in a line under the header and is read out when the reader is idle.
 */
import { Hand, Megaphone, X } from "lucide-react";
import { Popover } from "radix-ui";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { HELP_NOTE_CHARACTERS_MAX, type RoomMessage } from "../../gateway/protocol.ts";
import { LocalTime } from "../_components/local-time.tsx";
import { sentence } from "../_course/sentence.ts";
import { type LiveRoom, useRoom } from "./use-room.ts";

interface Room extends LiveRoom {
  className: string;
  /** `chapter/step` that the next request names. */
  step: string | undefined;
  setStep(step: string | undefined): void;
}

const Context = createContext<Room | undefined>(undefined);

export function ClassRoomProvider(props: { classId: string; className: string; children: ReactNode }) {
  const live = useRoom(props.classId);
  const [step, setStep] = useState<string>();
  return (
    <Context.Provider value={{ ...live, className: props.className, step, setStep }}>{props.children}</Context.Provider>
  );
}

/** Says which step a request for help is about; nothing outside of a class. */
export function useHelpStep(step: string | undefined): void {
  const setStep = useContext(Context)?.setStep;
  useEffect(() => setStep?.(step), [setStep, step]);
}

/** In the header. Outside of a class there is nobody to call. */
export function HelpButton() {
  const state = useContext(Context);
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState("");
  if (!state) return null;
  const { room, live, sending, refusal, className } = state;
  const help = room?.help;
  const label = help ? (help.claimedBy ? "Help is coming" : "You asked for help") : "Ask for help";
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
          aria-label="Help from your instructor"
          className="z-50 w-[min(24rem,calc(100vw-1rem))] border border-edge bg-paper p-4 text-ui"
        >
          {help ? (
            <div>
              <p role="status">
                {help.claimedBy ? (
                  <>
                    <strong>{help.claimedBy}</strong> is on the way to you.
                  </>
                ) : (
                  <>
                    You asked at <LocalTime ms={help.askedAtMs} />.{" "}
                    {help.ahead === 0 ? "You are next." : `${help.ahead} before you.`}
                  </>
                )}
              </p>
              {help.note && <p className="mt-2 border-l-2 border-rule pl-3 text-quiet">{help.note}</p>}
              <button type="button" className="button mt-4" onClick={state.withdraw} disabled={sending}>
                I need no help any more
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
              <p className="font-semibold">Call an instructor of {className}</p>
              <label className="mt-2 block">
                <span className="text-small text-quiet">What is it about? You may leave this empty.</span>
                <textarea
                  value={note}
                  onChange={(event) => setNote(event.target.value)}
                  maxLength={HELP_NOTE_CHARACTERS_MAX}
                  rows={3}
                  className="mt-1 block w-full rounded-sm border border-edge bg-paper px-3 py-2"
                />
              </label>
              <button type="submit" className="button button-lead mt-3" disabled={sending}>
                Ask for help
              </button>
            </form>
          )}
          {!live && (
            <p className="mt-3 text-notyet">
              There is no connection now. {sending ? "This is sent when it is back." : "You can ask; it is sent then."}
            </p>
          )}
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
  if (messages.length === 0) return null;
  return (
    <section aria-label="Said to the class" className="mt-4 border-t border-rule pt-3">
      <h2 className="font-semibold">Said today</h2>
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

function MessageHead({ message }: { message: RoomMessage }) {
  return (
    <p className="text-small text-quiet">
      {message.from || "An instructor"}
      {message.private ? " to you" : " to all"}, <LocalTime ms={message.sentAtMs} />
    </p>
  );
}

/** Under the header: the newest message that this browser has not put away. */
export function ClassMessages() {
  const state = useContext(Context);
  const key = `quorate-read ${state?.room?.classId ?? ""}`;
  const [readAtMs, setReadAtMs] = useState(Number.POSITIVE_INFINITY);
  useEffect(() => {
    if (state?.room) setReadAtMs(Number(stored(key) ?? 0));
  }, [key, state?.room]);
  const unread = state?.room?.messages.filter((message) => message.sentAtMs > readAtMs) ?? [];
  const [newest] = unread;
  const putAway = () => {
    if (!newest) return;
    setReadAtMs(newest.sentAtMs);
    try {
      window.localStorage.setItem(key, String(newest.sentAtMs));
    } catch {
      // A browser that keeps nothing shows it again after a reload.
    }
  };
  return (
    <div role="status" aria-label="From your instructor" className="no-print shrink-0">
      {newest && (
        <div className="flex items-start gap-3 border-b border-accent bg-raised px-4 py-2">
          <Megaphone aria-hidden="true" size={18} className="mt-0.5 shrink-0 text-accent" />
          <div className="min-w-0 grow">
            <p className="max-h-40 overflow-y-auto text-body [overflow-wrap:anywhere] whitespace-pre-wrap">
              {newest.text}
            </p>
            <MessageHead message={newest} />
            {unread.length > 1 && (
              <p className="text-small text-quiet">
                {unread.length - 1} earlier {unread.length === 2 ? "one" : "ones"} under the help button.
              </p>
            )}
          </div>
          <button type="button" className="button button-bare size-9 shrink-0 p-0" onClick={putAway}>
            <X aria-hidden="true" size={18} />
            <span className="sr-only">Put this message away</span>
          </button>
        </div>
      )}
    </div>
  );
}

function stored(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}
