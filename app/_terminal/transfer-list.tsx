"use client";

/** What is on its way between this browser and the nodes: how far it is, what went wrong, and a way to stop it. */
import { useSyncExternalStore } from "react";
import { readableBytes } from "./file-transfer.ts";
import type { Transfer, Transfers } from "./transfers.ts";

const none: readonly Transfer[] = [];

export function TransferList({ transfers }: { transfers: Transfers }) {
  const list = useSyncExternalStore(
    transfers.subscribe,
    () => transfers.list,
    () => none,
  );
  if (list.length === 0) return null;
  return (
    <section aria-label="File transfers" className="max-h-40 shrink-0 overflow-y-auto border-t border-rule bg-raised">
      <ul className="px-3 py-1 text-small">
        {list.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-3 py-0.5">
            <span className="min-w-0 truncate font-mono">{one.name}</span>
            <span className="text-quiet">{one.way === "upload" ? `to ${one.node}` : `from ${one.node}`}</span>
            {one.state === "going" && (
              <progress
                aria-label={`${one.name}: progress`}
                className="h-2 min-w-24 grow accent-accent"
                {...(one.total > 0 && { max: one.total, value: one.done })}
              />
            )}
            <span role="status" className="ml-auto">
              {words(one)}
            </span>
            {one.state === "exists" && (
              <button type="button" className="button button-bare" onClick={() => transfers.replace(one.id)}>
                Replace it
              </button>
            )}
            {one.state === "failed" && (
              <button type="button" className="button button-bare" onClick={() => transfers.again(one.id)}>
                Try again
              </button>
            )}
            <button
              type="button"
              className="button button-bare"
              aria-label={`${dismissal(one)} ${one.name}`}
              onClick={() => transfers.remove(one.id)}
            >
              {dismissal(one)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function words({ state, way, done, total, sentence }: Transfer): string {
  if (state === "waiting") return "Waits for the others.";
  if (state === "going") return total > 0 ? `${Math.floor((done / total) * 100)} % of ${readableBytes(total)}` : "";
  if (state === "finished") return way === "upload" ? "Uploaded." : "Downloaded.";
  return sentence ?? "It failed.";
}

function dismissal({ state }: Transfer): string {
  if (state === "going" || state === "waiting") return "Cancel";
  return state === "exists" ? "Keep the old one" : "Dismiss";
}
