"use client";

import type { Consent, Watcher } from "../../gateway/protocol.ts";
/** Who looks at this terminal, or asks to: always in sight, and ended with one press. */
import type { WordId } from "../_words/interface.en.ts";
import { useWords } from "../_words/words.tsx";

export interface TerminalWatchersProps {
  watchers: readonly Watcher[];
  onConsent(watchId: string, allow: Consent): void;
}

export function TerminalWatchers({ watchers, onConsent }: TerminalWatchersProps) {
  const words = useWords();
  if (watchers.length === 0) return null;
  return (
    <ul role="status" className="shrink-0 border-b border-rule bg-raised px-3 py-1 text-small">
      {watchers.map(({ watchId, name, state }) => (
        <li key={watchId} className="flex flex-wrap items-center gap-x-3">
          <span className="grow">{words(stateWords[state], { name })}</span>
          {buttons[state].map(({ word, allow }) => (
            <button key={word} type="button" className="button button-bare" onClick={() => onConsent(watchId, allow)}>
              {words(word)}
            </button>
          ))}
        </li>
      ))}
    </ul>
  );
}

const stateWords = { asking: "watch.asks", watching: "watch.watches", typing: "watch.types" } as const;

const buttons: Record<Watcher["state"], { word: WordId; allow: Consent }[]> = {
  asking: [
    { word: "watch.let-watch", allow: "watch" },
    { word: "watch.decline", allow: "nothing" },
  ],
  watching: [
    { word: "watch.let-type", allow: "type" },
    { word: "watch.end", allow: "nothing" },
  ],
  typing: [
    { word: "watch.only-watch", allow: "watch" },
    { word: "watch.end", allow: "nothing" },
  ],
};
