"use client";

/** Who looks at this terminal, or asks to: always in sight, and ended with one press. */
import type { Consent, Watcher } from "../../gateway/protocol.ts";

export interface TerminalWatchersProps {
  watchers: readonly Watcher[];
  onConsent(watchId: string, allow: Consent): void;
}

export function TerminalWatchers({ watchers, onConsent }: TerminalWatchersProps) {
  if (watchers.length === 0) return null;
  return (
    <ul role="status" className="shrink-0 border-b border-rule bg-raised px-3 py-1 text-small">
      {watchers.map(({ watchId, name, state }) => (
        <li key={watchId} className="flex flex-wrap items-center gap-x-3">
          <span className="grow">{sentence(name, state)}</span>
          {buttons[state].map(({ word, allow }) => (
            <button key={word} type="button" className="button button-bare" onClick={() => onConsent(watchId, allow)}>
              {word}
            </button>
          ))}
        </li>
      ))}
    </ul>
  );
}

function sentence(name: string, state: Watcher["state"]): string {
  if (state === "asking") return `${name} asks to watch this terminal.`;
  return state === "watching" ? `${name} watches this terminal.` : `${name} watches this terminal and may type.`;
}

const buttons: Record<Watcher["state"], { word: string; allow: Consent }[]> = {
  asking: [
    { word: "Let them watch", allow: "watch" },
    { word: "Decline", allow: "nothing" },
  ],
  watching: [
    { word: "Let them type", allow: "type" },
    { word: "End", allow: "nothing" },
  ],
  typing: [
    { word: "Only watch", allow: "watch" },
    { word: "End", allow: "nothing" },
  ],
};
