"use client";

/**
 * What a student has of their class on every page: the button that calls an instructor, and what is said to the class.
 *
 * Nothing here takes the focus: a message appears in a line under the header and is read out when the reader is idle.
 */
import { Megaphone, X } from "lucide-react";
import dynamic from "next/dynamic";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { useWords } from "../_words/words.tsx";
import { MessageHead } from "./message-head.tsx";
import { type LiveRoom, useRoom } from "./use-room.ts";

const CallForHelp = dynamic(() => import("./call-for-help.tsx").then(({ CallForHelp }) => CallForHelp));

export interface ClassRoom extends LiveRoom {
  className: string;
  /** `chapter/step` that the next request names. */
  step: string | undefined;
  setStep(step: string | undefined): void;
}

const Context = createContext<ClassRoom | undefined>(undefined);

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

/** In the header. Outside of a class there is nobody to call, and nothing of it is loaded. */
export function HelpButton() {
  const room = useContext(Context);
  return room ? <CallForHelp state={room} /> : null;
}

/** Under the header: the newest message that this browser has not put away. */
export function ClassMessages() {
  const state = useContext(Context);
  const words = useWords();
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
    <div role="status" aria-label={words("said.from")} className="no-print shrink-0">
      {newest && (
        <div className="flex items-start gap-3 border-b border-accent bg-raised px-4 py-2">
          <Megaphone aria-hidden="true" size={18} className="mt-0.5 shrink-0 text-accent" />
          <div className="min-w-0 grow">
            <p className="max-h-40 overflow-y-auto text-body [overflow-wrap:anywhere] whitespace-pre-wrap">
              {newest.text}
            </p>
            <MessageHead message={newest} />
            {unread.length > 1 && (
              <p className="text-small text-quiet">{words("said.earlier", { count: unread.length - 1 })}</p>
            )}
          </div>
          <button type="button" className="button button-bare size-9 shrink-0 p-0" onClick={putAway}>
            <X aria-hidden="true" size={18} />
            <span className="sr-only">{words("said.put-away")}</span>
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
