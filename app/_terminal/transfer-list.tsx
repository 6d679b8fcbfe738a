"use client";

/** What is on its way between this browser and the nodes: how far it is, what went wrong, and a way to stop it. */
import { useSyncExternalStore } from "react";
import type { Words } from "../_words/catalogue.ts";
import type { WordId } from "../_words/interface.en.ts";
import { useWords } from "../_words/words.tsx";
import { readableBytes } from "./file-transfer.ts";
import type { Transfer, Transfers } from "./transfers.ts";
import { useWhy } from "./use-why.ts";

const none: readonly Transfer[] = [];

export function TransferList({ transfers }: { transfers: Transfers }) {
  const words = useWords();
  const inWords = useWhy();
  const list = useSyncExternalStore(
    transfers.subscribe,
    () => transfers.list,
    () => none,
  );
  if (list.length === 0) return null;
  return (
    <section
      aria-label={words("transfer.list")}
      className="max-h-40 shrink-0 overflow-y-auto border-t border-rule bg-raised"
    >
      <ul className="px-3 py-1 text-small">
        {list.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-3 py-0.5">
            <span className="min-w-0 truncate font-mono">{one.name}</span>
            <span className="text-quiet">
              {words(one.way === "upload" ? "transfer.to" : "transfer.from", { node: one.node })}
            </span>
            {one.state === "going" && (
              <progress
                aria-label={words("transfer.progress", { name: one.name })}
                className="h-2 min-w-24 grow accent-accent"
                {...(one.total > 0 && { max: one.total, value: one.done })}
              />
            )}
            <span role="status" className="ml-auto">
              {one.why ? inWords(one.why) : howFar(words, one)}
            </span>
            {one.state === "exists" && (
              <button type="button" className="button button-bare" onClick={() => transfers.replace(one.id)}>
                {words("transfer.replace")}
              </button>
            )}
            {one.state === "failed" && (
              <button type="button" className="button button-bare" onClick={() => transfers.again(one.id)}>
                {words("transfer.again")}
              </button>
            )}
            <button
              type="button"
              className="button button-bare"
              aria-label={`${words(dismissal(one))} ${one.name}`}
              onClick={() => transfers.remove(one.id)}
            >
              {words(dismissal(one))}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Of one that nothing stands in the way of. */
function howFar(words: Words, { state, way, done, total }: Transfer): string {
  if (state === "waiting") return words("transfer.waits");
  if (state === "finished") return words(way === "upload" ? "transfer.uploaded" : "transfer.downloaded");
  if (total === 0) return "";
  return words("transfer.done-of", { percent: Math.floor((done / total) * 100), size: readableBytes(total) });
}

function dismissal({ state }: Transfer): WordId {
  if (state === "going" || state === "waiting") return "transfer.cancel";
  return state === "exists" ? "transfer.keep-old" : "transfer.dismiss";
}
