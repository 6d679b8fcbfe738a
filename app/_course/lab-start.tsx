"use client";

/**
 * The state in which the chapter's lab begins: prepared on request, with the way back to what was there before, for the
 * whole lab or for one node of it. What is lost is said before anything is.
 */
import { useRouter } from "next/navigation";
import { Collapsible } from "radix-ui";
import { useState } from "react";
import { LocalTime } from "../_components/local-time.tsx";
import { useLatePart } from "../_components/use-late-part.ts";
import { useChapter } from "./chapter-provider.tsx";
import { type Target, whatIsLost } from "./lab-change-words.ts";
import { LabNotice } from "./lab-notice.tsx";

// Asked seldom, and only where the server is there to answer.
const loadQuestion = () => import("./lab-question.tsx");

export function LabStart() {
  const { chapter } = useChapter();
  const router = useRouter();
  const [asked, setAsked] = useState<{ target: Target; title: string; action: string } | undefined>();
  const [busy, setBusy] = useState(false);
  /** Undefined for the whole lab. */
  const [node, setNode] = useState<string>();
  const [said, setSaid] = useState<{ text: string; bad: boolean } | undefined>();
  const question = useLatePart(loadQuestion, asked !== undefined);
  if (!chapter.canChangeState) return null;
  const start = chapter.stage ?? "separate nodes, as they are after the installation";

  const change = async (target: Target) => {
    setAsked(undefined);
    setBusy(true);
    setSaid({ text: "The lab is being prepared. This can take some seconds.", bad: false });
    try {
      const response = await fetch("/api/lab-state", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ course: chapter.courseId, chapter: chapter.chapterId, ...target, node }),
      });
      const answer = (await response.json().catch(() => ({}))) as { message?: string; printed?: string };
      if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}. Try it again.`);
      const output = answer.printed === undefined ? "" : `\n${answer.printed}`;
      setSaid({ text: `Done. The terminals come back by themselves, with new shells.${output}`, bad: false });
      router.refresh();
    } catch (error) {
      const offline = error instanceof TypeError;
      const reason = offline
        ? "The server cannot be reached. Nothing was changed; try it again."
        : String((error as Error).message);
      setSaid({ text: reason, bad: true });
    } finally {
      setBusy(false);
    }
  };

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
      {asked && question.part && (
        <question.part.LabQuestion
          title={asked.title}
          action={asked.action}
          lost={whatIsLost(asked.target, node)}
          onNo={() => setAsked(undefined)}
          onYes={() => void change(asked.target)}
        />
      )}
      {asked && question.failed && (
        <p role="alert" className="mt-2 text-notyet">
          The server cannot be reached. Nothing was changed; try it again.{" "}
          <button type="button" className="button" onClick={question.again}>
            Try again
          </button>
        </p>
      )}
    </Collapsible.Root>
  );
}
