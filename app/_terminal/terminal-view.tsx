"use client";

/** One node's terminal: xterm.js on a link, and the line that says how it stands. */
import { useEffect, useRef, useState } from "react";
import type { Watcher } from "../../gateway/protocol.ts";
import { pageConnection } from "./connection.ts";
import { carriesFiles, type Dropped, droppedFiles } from "./dropped-files.ts";
import { HostKeyQuestion } from "./host-key-question.tsx";
import { KeyBar } from "./key-bar.tsx";
import { sentBy, withControl } from "./key-bar-keys.ts";
import { PasteQuestion } from "./paste-question.tsx";
import { type LinkState, TerminalLink } from "./terminal-link.ts";
import { TerminalSearch } from "./terminal-search.tsx";
import { onSettings } from "./terminal-settings.ts";
import { TerminalStatus, type Trouble } from "./terminal-status.tsx";
import { TerminalTranscript } from "./terminal-transcript.tsx";
import { TerminalWatchers } from "./terminal-watchers.tsx";
import { useDesk } from "./terminals.tsx";
import { openScreen, type XtermScreen } from "./xterm-screen.ts";

export interface TerminalViewProps {
  labId: string;
  node: string;
  /** Several shells on one node, told apart. */
  slot: string;
  /** What the tab is called. */
  name: string;
  shown: boolean;
  onState(state: LinkState): void;
  /** The focus is wanted out of the terminal. */
  onLeave(): void;
  /** Files were dropped onto it. */
  onDrop(dropped: Dropped): void;
}

interface Mounted {
  screen: XtermScreen;
  link: TerminalLink;
  /** Take the frame's size, also where another browser has set one. */
  fill(): void;
}

export function TerminalView({ labId, node, slot, name, shown, onState, onLeave, onDrop }: TerminalViewProps) {
  const desk = useDesk();
  const mount = useRef<HTMLDivElement>(null);
  const mounted = useRef<Mounted>(undefined);
  const callbacks = useRef({ onState, onLeave });
  const [trouble, setTrouble] = useState<Trouble>({ state: { kind: "connecting" }, pending: 0, notice: undefined });
  const [letterboxed, setLetterboxed] = useState(false);
  const [searching, setSearching] = useState(false);
  const [transcript, setTranscript] = useState<string>();
  const [asked, setAsked] = useState<string>();
  const [watchers, setWatchers] = useState<readonly Watcher[]>([]);
  const [keyAsked, setKeyAsked] = useState(false);
  const [control, setControl] = useState(false);
  const [dragged, setDragged] = useState(false);
  const controlHeld = useRef(false);
  callbacks.current = { onState, onLeave };
  const holdControl = (held: boolean) => {
    controlHeld.current = held;
    setControl(held);
  };
  const focus = () => mounted.current?.screen.terminal.focus();

  // A terminal opens its shell when it is first shown, with the size it is shown in.
  const [wanted, setWanted] = useState(shown);
  if (shown && !wanted) setWanted(true);

  useEffect(() => {
    const element = mount.current;
    if (!wanted || !element) return;
    const gone = new AbortController();
    const show = (change: Partial<Trouble>) => {
      if (!gone.signal.aborted) setTrouble((before) => ({ ...before, ...change }));
    };
    whenVisible(element, gone.signal)
      .then(() =>
        openScreen(element, `Terminal of ${name}. Ctrl+F6 leaves it.`, {
          onData: (data) => {
            if (mounted.current?.screen === undefined) return;
            typed();
            const controlled = controlHeld.current && typeof data === "string";
            mounted.current.link.type(controlled ? withControl(data) : data);
            if (!controlled) return;
            controlHeld.current = false;
            setControl(false);
          },
          onLeave: () => callbacks.current.onLeave(),
          onSearch: () => setSearching(true),
          onPaste: (text) => setAsked(text),
        }),
      )
      .then((screen) => {
        if (gone.signal.aborted) {
          screen.dispose();
          return;
        }
        begin(screen);
      })
      .catch((cause: unknown) => {
        if (gone.signal.aborted) return;
        const values = { detail: cause instanceof Error ? cause.message : String(cause) };
        show({ state: { kind: "refused", reason: { id: "failed", values } } });
      });

    let boxed = false;
    /** Typing here makes this browser's size the shell's; the gateway takes a size from whoever typed last. */
    const typed = () => {
      if (boxed) mounted.current?.fill();
    };
    const begin = (screen: XtermScreen) => {
      const { terminal } = screen;
      const setBoxed = (is: boolean) => {
        boxed = is;
        setLetterboxed(is);
      };
      const link = new TerminalLink(
        pageConnection(),
        { labId, node, slot },
        {
          write: (bytes, parsed) => terminal.write(bytes, parsed),
          redraw({ columns, rows, bytes }) {
            terminal.reset();
            if (columns !== terminal.cols || rows !== terminal.rows) screen.resize(columns, rows);
            // The frame may be of the size that this screen had a moment ago: it is read in that, and then fills its own.
            terminal.write(bytes, () => {
              if (!boxed && !gone.signal.aborted) refit();
            });
          },
          size(columns, rows) {
            screen.resize(columns, rows);
            setBoxed(true);
          },
          state(state) {
            show({ state, ...(state.kind === "connected" ? {} : { notice: undefined }) });
            callbacks.current.onState(state);
          },
          pending: (pending) => show({ pending }),
          watchers: (now) => {
            if (!gone.signal.aborted) setWatchers(now);
          },
          notice: (notice) => show({ notice }),
        },
      );
      const take = ({ columns, rows }: { columns: number; rows: number }) => {
        screen.resize(columns, rows);
        link.resize(columns, rows);
      };
      const refit = () => {
        const size = screen.fit();
        if (size && (size.columns !== terminal.cols || size.rows !== terminal.rows)) take(size);
      };
      const fill = () => {
        // In a frame around another's size the mount is no larger than that; what is to be filled is the frame.
        element.parentElement?.removeAttribute("data-letterboxed");
        const size = screen.fit();
        if (!size) {
          if (boxed) element.parentElement?.setAttribute("data-letterboxed", "");
          return;
        }
        setBoxed(false);
        take(size);
      };
      mounted.current = { screen, link, fill };
      const size = screen.fit() ?? { columns: terminal.cols, rows: terminal.rows };
      screen.resize(size.columns, size.rows);
      link.start(size.columns, size.rows);
      const unregister = desk.register(name, {
        type: (text) => {
          link.type(text);
          typed();
        },
        focus: () => terminal.focus(),
        atPrompt: () => screen.atPrompt(),
        openSearch: () => setSearching(true),
        openTranscript: () => setTranscript(screen.text()),
        end: () => link.end(),
      });
      // Letters of another size fill the frame with another number of them.
      const offSettings = onSettings(() => {
        if (!boxed) fill();
      });
      const frame = element.parentElement ?? element;
      let known = size;
      const observer = new ResizeObserver(() => {
        const next = boxed ? undefined : screen.fit();
        if (!next || (next.columns === known.columns && next.rows === known.rows)) return;
        known = next;
        fill();
      });
      observer.observe(frame);
      screen.show(element.clientWidth > 0);
      gone.signal.addEventListener("abort", () => {
        observer.disconnect();
        unregister();
        offSettings();
        link.stop();
        screen.dispose();
        mounted.current = undefined;
      });
    };
    return () => gone.abort();
  }, [wanted, labId, node, slot, name, desk]);

  useEffect(() => {
    mounted.current?.screen.show(shown);
  }, [shown]);

  const screen = mounted.current?.screen;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files can be uploaded with the menu, too.
    <div
      className="terminal-area absolute inset-0 flex flex-col"
      data-drop={dragged ? "" : undefined}
      onDragOver={(event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        setDragged(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDragged(false);
      }}
      onDrop={(event) => {
        setDragged(false);
        if (!carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        onDrop(droppedFiles(event.dataTransfer));
      }}
    >
      <TerminalWatchers
        watchers={watchers}
        onConsent={(watchId, allow) => mounted.current?.link.consent(watchId, allow)}
      />
      <div className="relative min-h-0 grow">
        <div className="terminal-frame" data-letterboxed={letterboxed ? "" : undefined}>
          <div ref={mount} className="terminal-mount font-mono" data-testid={`terminal-${name}`} />
        </div>
        <TerminalStatus
          node={name}
          trouble={trouble}
          letterboxed={letterboxed}
          edge={screen?.cursorHigh() ? "bottom" : "top"}
          onAgain={() => mounted.current?.link.again()}
          onHostKey={() => setKeyAsked(true)}
        />
        {searching && screen && (
          <TerminalSearch
            node={name}
            search={screen.search}
            onClose={() => {
              setSearching(false);
              focus();
            }}
          />
        )}
        {transcript !== undefined && (
          <TerminalTranscript
            node={name}
            text={transcript}
            onRefresh={() => setTranscript(screen?.text() ?? "")}
            onClose={() => {
              setTranscript(undefined);
              focus();
            }}
          />
        )}
      </div>
      <KeyBar
        node={name}
        control={control}
        onControl={() => {
          holdControl(!control);
          focus();
        }}
        onKey={(key) => {
          mounted.current?.link.type(sentBy(key, mounted.current.screen.terminal.modes.applicationCursorKeysMode));
          focus();
        }}
      />
      <HostKeyQuestion
        labId={labId}
        node={node}
        open={keyAsked}
        onClose={() => setKeyAsked(false)}
        onAccepted={() => {
          setKeyAsked(false);
          mounted.current?.link.again();
        }}
      />
      <PasteQuestion
        node={name}
        text={asked}
        onAnswer={(paste) => {
          if (paste && asked !== undefined) mounted.current?.screen.terminal.paste(asked);
          setAsked(undefined);
          focus();
        }}
      />
    </div>
  );
}

/** Resolves once the element has a size: xterm.js measures wrongly in a hidden one. */
function whenVisible(element: HTMLElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === 0 || element.clientHeight === 0) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
    signal.addEventListener("abort", () => observer.disconnect());
  });
}
