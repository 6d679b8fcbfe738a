"use client";

/** What the lab has beside nodes and cables: the nodes' watchdogs, the storage server. */
import type { ComponentProps } from "react";
import { useWords } from "../_words/words.tsx";
import { storageSentence, watchdogSentence } from "./picture-words.ts";
import { Action, Sheet } from "./sheet.tsx";
import type { LivePicture } from "./use-picture.ts";

/** @param props.expected before it is known what there is, one row is kept free */
export function Switches(props: { names: readonly string[]; live: LivePicture; expected: boolean }) {
  const { names, live, expected } = props;
  const words = useWords();
  if (live.surroundings === undefined && expected) {
    return (
      <p aria-hidden="true" className="mt-2 border border-transparent py-1 text-small">
        &nbsp;
      </p>
    );
  }
  const { watchdog, storage = [] } = live.surroundings ?? {};
  const withWatchdog = watchdog !== undefined && live.controls.includes("watchdog");
  const servers = live.controls.includes("storage") ? storage : [];
  if (!withWatchdog && servers.length === 0) return null;
  return (
    <ul aria-label={words("server.both")} className="mt-2 flex flex-wrap justify-center gap-2 text-small">
      {withWatchdog && (
        <li>
          <Sheet
            said={watchdogSentence(words, watchdog)}
            trigger={
              <SwitchButton fine={watchdog}>
                {words(watchdog ? "watchdog.work-short" : "watchdog.away-short")}
              </SwitchButton>
            }
          >
            <Action
              live={live}
              faults={[{ kind: "watchdog", present: !watchdog }]}
              does={watchdog ? words("watchdog.takes") : words("watchdog.gives")}
            >
              {words(watchdog ? "watchdog.take" : "watchdog.give")}
            </Action>
          </Sheet>
        </li>
      )}
      {servers.map((server) => (
        <li key={server.address}>
          <Sheet
            said={storageSentence(words, server)}
            trigger={
              <SwitchButton fine={server.up && server.cutFrom.length === 0}>
                {words(
                  server.up ? (server.cutFrom.length > 0 ? "server.cut-short" : "server.on-short") : "server.off-short",
                )}
              </SwitchButton>
            }
          >
            <Action
              live={live}
              faults={[{ kind: "storage", address: server.address, up: !server.up }]}
              does={server.up ? words("server.waits") : words("server.goes-on")}
            >
              {words(server.up ? "server.switch-off" : "server.switch-on")}
            </Action>
            {server.up &&
              names.map((node) => {
                const cut = server.cutFrom.includes(node);
                return (
                  <Action
                    key={node}
                    live={live}
                    faults={[{ kind: "storage", address: server.address, node, cut: !cut }]}
                  >
                    {words(cut ? "server.let-node" : "server.cut-node", { node })}
                  </Action>
                );
              })}
          </Sheet>
        </li>
      ))}
    </ul>
  );
}

/** A button that opens a sheet; its props are the popover's. */
function SwitchButton({ fine, children, ...trigger }: ComponentProps<"button"> & { fine: boolean }) {
  return (
    <button
      {...trigger}
      type="button"
      data-fine={fine}
      className={`rounded-sm border bg-paper px-2.5 py-1 hover:border-accent pointer-coarse:min-h-11 data-[state=open]:border-accent ${fine ? "border-rule" : "border-notyet font-semibold text-notyet"}`}
    >
      {children}
    </button>
  );
}
