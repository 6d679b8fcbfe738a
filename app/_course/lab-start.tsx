"use client";

/**
 * The state in which the chapter's lab begins: prepared on request, with the way back to what was there before, for the
 * whole lab or for one node of it. What is lost is said before anything is.
 */
import { Collapsible } from "radix-ui";
import { useState } from "react";
import { LocalTime } from "../_components/local-time.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { type AskedChange, LabChangeDialog } from "./lab-change-dialog.tsx";
import { LabNotice } from "./lab-notice.tsx";
import { useLabChange } from "./use-lab-change.ts";

export function LabStart() {
  const { chapter } = useChapter();
  const { busy, said, change } = useLabChange();
  const [asked, setAsked] = useState<AskedChange>();
  /** Undefined for the whole lab. */
  const [node, setNode] = useState<string>();
  if (!chapter.canChangeState) return null;
  const start = chapter.stage ?? "separate nodes, as they are after the installation";

  return (
    <Collapsible.Root className="no-print my-4 text-ui">
      <LabNotice />
      <p>
        This chapter begins with {start}.{" "}
        <Collapsible.Trigger className="text-accent underline underline-offset-2">
          Set up or go back
        </Collapsible.Trigger>
      </p>
      <Collapsible.Content className="mt-2 border-l border-edge pl-4">
        <p>Your lab goes on from chapter to chapter. If it is in another state than this chapter needs, prepare it.</p>
        {chapter.canResetNode && (
          <label className="mt-2 flex flex-wrap items-baseline gap-2">
            Change
            <select
              className="border border-edge bg-paper px-2 py-1"
              value={node ?? ""}
              onChange={(event) => setNode(event.target.value === "" ? undefined : event.target.value)}
            >
              <option value="">the whole lab</option>
              {chapter.nodes.map((name) => (
                <option key={name} value={name}>
                  {name} alone
                </option>
              ))}
            </select>
          </label>
        )}
        {node === undefined ? (
          <button
            type="button"
            className="button mt-2"
            disabled={busy}
            onClick={() =>
              setAsked({ target: { to: "chapter" }, title: `Begin with ${start}?`, action: "Prepare the lab" })
            }
          >
            Prepare the lab for this chapter
          </button>
        ) : (
          <button
            type="button"
            className="button mt-2"
            disabled={busy}
            onClick={() =>
              setAsked({
                target: { to: "installed" },
                title: `Install ${node} anew?`,
                action: `Install ${node} anew`,
              })
            }
          >
            Install {node} anew
          </button>
        )}
        {chapter.restorePoints.length > 0 && (
          <ul className="mt-3" aria-label="Earlier states of your lab">
            {chapter.restorePoints.map((point) => (
              <li key={point.id} className="flex flex-wrap items-baseline gap-x-3 py-1">
                <span className="grow">
                  {point.label}, <LocalTime ms={point.keptAtMs} />
                </span>
                <button
                  type="button"
                  className="button"
                  disabled={busy}
                  onClick={() =>
                    setAsked({
                      target: { to: "restore-point", restorePoint: point.id },
                      title: node === undefined ? "Go back to this earlier state?" : `Put ${node} back to this state?`,
                      action: "Go back",
                    })
                  }
                >
                  Go back
                </button>
              </li>
            ))}
          </ul>
        )}
      </Collapsible.Content>
      {said && (
        <p
          role={said.bad ? "alert" : "status"}
          className={`mt-2 whitespace-pre-line ${said.bad ? "text-notyet" : "text-quiet"}`}
        >
          {said.text}
        </p>
      )}
      <LabChangeDialog
        asked={asked}
        node={node}
        onAnswer={(yes) => {
          setAsked(undefined);
          if (yes && asked) void change(asked.target, node);
        }}
      />
    </Collapsible.Root>
  );
}
