"use client";

/** Somebody else's terminal, looked at with their consent; typing waits for theirs, too. */
import { useEffect, useRef, useState } from "react";
import { say } from "../../gateway/words.ts";
import { pageConnection } from "../_terminal/connection.ts";
import { PasteQuestion } from "../_terminal/paste-question.tsx";
import { type LinkState, TerminalLink } from "../_terminal/terminal-link.ts";
import { openScreen } from "../_terminal/xterm-screen.ts";
import "@xterm/xterm/css/xterm.css";
import "../_terminal/terminal.css";

export function WatchedTerminal(props: {
  labId: string;
  node: string;
  sessionId: string;
  owner: string;
  onClose: () => void;
}) {
  const { labId, node, sessionId, owner, onClose } = props;
  const mount = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<LinkState>({ kind: "connecting" });
  const [mayType, setMayType] = useState(false);
  const [attempt, setAttempt] = useState(0);
  /** Lines that would run as they are pasted: asked about first. */
  const [asked, setAsked] = useState<string>();
  const paste = useRef<(text: string) => void>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another question to the owner
  useEffect(() => {
    const element = mount.current;
    if (!element) return;
    const gone = new AbortController();
    const typing: { link?: TerminalLink } = {};
    openScreen(element, `${owner}'s terminal of ${node}`, {
      onData: (data) => typing.link?.type(data),
      onLeave: () => element.closest("section")?.querySelector("button")?.focus(),
      onSearch: () => {},
      onPaste: setAsked,
    }).then((screen) => {
      if (gone.signal.aborted) return screen.dispose();
      const { terminal } = screen;
      const link = new TerminalLink(
        pageConnection(),
        { labId, node, watch: sessionId },
        {
          write: (bytes, parsed) => terminal.write(bytes, parsed),
          redraw({ columns, rows, bytes }) {
            terminal.reset();
            screen.resize(columns, rows);
            terminal.write(bytes);
          },
          size: (columns, rows) => screen.resize(columns, rows),
          state: (now) => !gone.signal.aborted && setState(now),
          mayType: (now) => !gone.signal.aborted && setMayType(now),
          pending: () => {},
          notice: () => {},
        },
      );
      typing.link = link;
      paste.current = (text) => terminal.paste(text);
      link.start(terminal.cols, terminal.rows);
      gone.signal.addEventListener("abort", () => {
        link.stop();
        screen.dispose();
      });
    });
    return () => gone.abort();
  }, [labId, node, sessionId, owner, attempt]);

  const over = state.kind === "ended" || state.kind === "refused";
  return (
    <section aria-label={`${owner}'s terminal of ${node}`} className="terminals mt-4 border border-edge">
      <p className="flex flex-wrap items-center gap-3 bg-raised px-3 py-1 text-small">
        <button type="button" className="button button-bare" onClick={onClose}>
          Stop watching
        </button>
        {over && (
          <button type="button" className="button button-bare" onClick={() => setAttempt(attempt + 1)}>
            Ask again
          </button>
        )}
        <span role="status" className="grow">
          {words(state, owner, mayType)}
        </span>
      </p>
      <div className="relative h-[28rem] max-w-full overflow-auto">
        <div className="terminal-frame" data-letterboxed="">
          <div ref={mount} className="terminal-mount font-mono" />
        </div>
      </div>
      <PasteQuestion
        node={node}
        text={asked}
        onAnswer={(wanted) => {
          if (wanted && asked !== undefined) paste.current?.(asked);
          setAsked(undefined);
        }}
      />
    </section>
  );
}

function words(state: LinkState, owner: string, mayType: boolean): string {
  if (state.kind === "connecting") return `${owner} is asked whether you may watch. They have a minute to answer.`;
  if (state.kind === "offline") return "The connection is lost; they are asked again when it is back.";
  if (state.kind === "connected") {
    return mayType
      ? `You watch, and may type: ${owner} sees that.`
      : `You watch: ${owner} sees that, and can let you type.`;
  }
  return say(state.reason);
}
