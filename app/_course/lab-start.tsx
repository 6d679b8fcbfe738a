"use client";

/**
 * The state in which the chapter's lab begins: prepared on request, with the way back to what was there before, for the
 * whole lab or for one node of it. What is lost is said before anything is.
 */
import { Collapsible } from "radix-ui";
import { useState } from "react";
import { LocalTime } from "../_components/local-time.tsx";
import { useWords } from "../_words/words.tsx";
import { woven } from "../_words/woven.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { type AskedChange, LabChangeDialog } from "./lab-change-dialog.tsx";
import { LabChangeSaid } from "./lab-change-said.tsx";
import { LabNotice } from "./lab-notice.tsx";
import { useLabChange } from "./use-lab-change.ts";

export function LabStart() {
  const { chapter } = useChapter();
  const { busy, said, change } = useLabChange();
  /** The offer at the top has been taken: what it offers again stands under "Set up". */
  const [taken, setTaken] = useState(false);
  const words = useWords();
  const [asked, setAsked] = useState<AskedChange>();
  /** Undefined for the whole lab. */
  const [node, setNode] = useState<string>();
  if (!chapter.canChangeState) return null;
  const start = chapter.stage?.title ?? words("lab.separate");
  const inItsLanguage = (inner: string) => <span lang={chapter.stage?.language}>{inner}</span>;
  // Whoever comes to a chapter that needs a state, and has done nothing of it, must not look for the way to it. As the
  // page found it: a button that went away while somebody reads would move the text.
  const begun = chapter.progress.some(({ passedAtMs }) => passedAtMs !== undefined);
  // The first chapter's lab is new. An exercise is begun with its own button, which starts its clock.
  const needsState = chapter.stage !== undefined || chapter.number > 1;
  const offered = needsState && chapter.exercise === undefined && !begun && !taken;
  const prepare = (
    <button
      type="button"
      className="button mt-2"
      disabled={busy}
      onClick={() =>
        setAsked({
          target: { to: "chapter" },
          title: words("lab.prepare-ask"),
          about: woven((values) => words("lab.will-be", values), [inItsLanguage], { start }),
          action: words("lab.prepare"),
        })
      }
    >
      {words("lab.prepare-chapter")}
    </button>
  );

  return (
    <Collapsible.Root className="no-print my-4 text-ui">
      <LabNotice />
      <p>
        {woven((values) => words("lab.begins", values), [inItsLanguage], { start })}{" "}
        <Collapsible.Trigger className="text-accent underline underline-offset-2">
          {words("lab.set-up")}
        </Collapsible.Trigger>
      </p>
      {offered && prepare}
      <Collapsible.Content className="mt-2 border-l border-edge pl-4">
        <p>{words("lab.goes-on")}</p>
        {chapter.canResetNode && (
          <label className="mt-2 flex flex-wrap items-baseline gap-2">
            {words("lab.change")}
            <select
              className="border border-edge bg-paper px-2 py-1"
              value={node ?? ""}
              onChange={(event) => setNode(event.target.value === "" ? undefined : event.target.value)}
            >
              <option value="">{words("lab.whole")}</option>
              {chapter.nodes.map((name) => (
                <option key={name} value={name}>
                  {words("lab.alone", { node: name })}
                </option>
              ))}
            </select>
          </label>
        )}
        {node === undefined ? (
          !offered && prepare
        ) : (
          <button
            type="button"
            className="button mt-2"
            disabled={busy}
            onClick={() =>
              setAsked({
                target: { to: "installed" },
                title: words("lab.install-anew-ask", { node }),
                action: words("lab.install-anew", { node }),
              })
            }
          >
            {words("lab.install-anew", { node })}
          </button>
        )}
        {chapter.restorePoints.length > 0 && (
          <ul className="mt-3" aria-label={words("lab.earlier")}>
            {chapter.restorePoints.map((point) => (
              <li key={point.id} className="flex flex-wrap items-baseline gap-x-3 py-1">
                <span className="grow">
                  <span lang={point.language}>{point.label}</span>, <LocalTime ms={point.keptAtMs} />
                </span>
                <button
                  type="button"
                  className="button"
                  disabled={busy}
                  onClick={() =>
                    setAsked({
                      target: { to: "restore-point", restorePoint: point.id },
                      title: node === undefined ? words("lab.back-whole") : words("lab.back-node", { node }),
                      action: words("lab.back"),
                    })
                  }
                >
                  {words("lab.back")}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Collapsible.Content>
      <LabChangeSaid said={said} className="mt-2" />
      <LabChangeDialog
        asked={asked}
        node={node}
        onAnswer={(yes) => {
          setAsked(undefined);
          if (yes && asked) {
            void change(asked.target, node).then((done) => done && asked.target.to === "chapter" && setTaken(true));
          }
        }}
      />
    </Collapsible.Root>
  );
}
