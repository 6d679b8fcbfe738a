"use client";

/** The line over a terminal that says how it stands: nothing while all is well. */
import { useEffect, useState } from "react";
import type { Message } from "../../gateway/protocol.ts";
import type { Words } from "../_words/catalogue.ts";
import type { WordId } from "../_words/interface.en.ts";
import { useSentence, useWords } from "../_words/words.tsx";
import type { LinkState } from "./terminal-link.ts";

export interface Trouble {
  state: LinkState;
  /** Characters typed and not delivered. */
  pending: number;
  notice: Message | undefined;
}

/** As high as the first line of the screen, which is covered whole. */
const lineButton = "button button-bare !min-h-6 !py-0 pointer-coarse:!min-h-11";

/** Less than this is on its way rather than waiting. */
const PENDING_WORTH_SAYING_MS = 700;

export interface TerminalStatusProps {
  node: string;
  trouble: Trouble;
  letterboxed: boolean;
  /** At the edge that the cursor is not near, so that the line one types in stays in sight. */
  edge: "top" | "bottom";
  onAgain(): void;
  /** The node shows another host key: more about it is wanted. */
  onHostKey(): void;
}

export function TerminalStatus({ node, trouble, letterboxed, edge, onAgain, onHostKey }: TerminalStatusProps) {
  const { state, pending, notice } = trouble;
  const words = useWords();
  const sentence = useSentence();
  const waiting = useLasting(pending > 0, PENDING_WORTH_SAYING_MS);
  const button = buttonOf(state);
  const text =
    linkWords(node, state, words) ?? ("reason" in state ? sentence(state.reason) : notice && sentence(notice));
  const input = waiting && pending > 0 ? words("terminal.pending", { count: pending }) : "";
  const size = letterboxed && state.kind === "connected" ? words("terminal.other-size") : "";
  if (text === undefined && input === "" && size === "") return <div role="status" className="sr-only" />;
  return (
    <div
      className={`absolute inset-x-0 flex flex-wrap items-center gap-x-3 gap-y-1 border-rule bg-raised px-3 text-small ${button === undefined ? "py-0.5" : ""} ${edge === "top" ? "top-0 border-b" : "bottom-0 border-t"}`}
    >
      <p role="status" className="min-w-0 grow">
        {[text, input, size].filter((part) => part !== undefined && part !== "").join(" ")}{" "}
        {"retryAtMs" in state && <Countdown untilMs={state.retryAtMs} />}
      </p>
      {state.kind === "ended" && state.reason.id === "host-key-changed" && (
        <button type="button" className={lineButton} onClick={onHostKey}>
          {words("terminal.what-to-do")}
        </button>
      )}
      {button !== undefined && (
        <button
          type="button"
          className={lineButton}
          onClick={() => (state.kind === "refused" ? location.reload() : onAgain())}
        >
          {words(button)}
        </button>
      )}
    </div>
  );
}

function linkWords(node: string, state: LinkState, words: Words): string | undefined {
  switch (state.kind) {
    case "connecting":
      return words("terminal.connecting", { node });
    case "offline":
      return words("terminal.offline");
    default:
      return undefined;
  }
}

function buttonOf(state: LinkState): WordId | undefined {
  switch (state.kind) {
    case "offline":
    case "reconnecting":
      return "terminal.try-now";
    case "ended":
      return "terminal.new-shell";
    case "refused":
      return "terminal.reload";
    default:
      return undefined;
  }
}

/** Not read out: a number that changes each second would speak over everything. */
function Countdown({ untilMs }: { untilMs: number }) {
  const words = useWords();
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
  return (
    <span aria-hidden="true">{seconds > 0 ? words("terminal.again-in", { seconds }) : words("terminal.trying")}</span>
  );
}

/** True once `is` has been true for some time. */
function useLasting(is: boolean, forMs: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!is) {
      setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), forMs);
    return () => clearTimeout(timer);
  }, [is, forMs]);
  return lasting;
}
