"use client";

/** What the lab has beside nodes and cables: the nodes' watchdogs, the storage server. */
import type { ComponentProps } from "react";
import { storageSentence, watchdogSentence } from "./picture-words.ts";
import { Action, Sheet } from "./sheet.tsx";
import type { LivePicture } from "./use-picture.ts";

export function Switches({ names, live }: { names: readonly string[]; live: LivePicture }) {
  const { watchdog, storage = [] } = live.surroundings ?? {};
  const withWatchdog = watchdog !== undefined && live.controls.includes("watchdog");
  const servers = live.controls.includes("storage") ? storage : [];
  if (!withWatchdog && servers.length === 0) return null;
  return (
    <ul aria-label="Watchdogs and storage" className="mt-2 flex flex-wrap justify-center gap-2 text-small">
      {withWatchdog && (
        <li>
          <Sheet
            said={watchdogSentence(watchdog)}
            trigger={
              <SwitchButton fine={watchdog}>{watchdog ? "Watchdogs work" : "Watchdogs taken away"}</SwitchButton>
            }
          >
            <Action
              live={live}
              faults={[{ kind: "watchdog", present: !watchdog }]}
              does={
                watchdog
                  ? "For a lesson: a node that is cut off is not reset any more, and its machines may run twice."
                  : "A node that loses its lock is reset again."
              }
            >
              {watchdog ? "Take the watchdogs away" : "Give the watchdogs back"}
            </Action>
          </Sheet>
        </li>
      )}
      {servers.map((server) => (
        <li key={server.address}>
          <Sheet
            said={storageSentence(server)}
            trigger={
              <SwitchButton fine={server.up && server.cutFrom.length === 0}>
                Storage server {server.up ? (server.cutFrom.length > 0 ? "cut off" : "on") : "off"}
              </SwitchButton>
            }
          >
            <Action
              live={live}
              faults={[{ kind: "storage", address: server.address, up: !server.up }]}
              does={
                server.up
                  ? "Machines whose disks lie on it run on and wait at their disks."
                  : "Whoever waited for it goes on."
              }
            >
              {server.up ? "Switch the storage server off" : "Switch the storage server on"}
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
                    {cut ? `Let ${node} reach it again` : `Cut ${node} off from it`}
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
