"use client";

/** The terminals beside a chapter's text: a tab for each node, and for each further shell on one. */
import "@xterm/xterm/css/xterm.css";
import "./terminal.css";
import { Tabs } from "radix-ui";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useWords } from "../_words/words.tsx";
import { type Dropped, keepPageFromDrops } from "./dropped-files.ts";
import { FileDialog } from "./file-dialog.tsx";
import { baseName, downloadFile, joined, saveBlob, TransferFailed, uploadFile } from "./file-transfer.ts";
import { RecordingNotice } from "./recording-notice.tsx";
import { keepTab, keptTab, useShellTabs } from "./shell-tabs.ts";
import { controlCharacter } from "./terminal-keys.ts";
import type { LinkState } from "./terminal-link.ts";
import { TerminalMenu } from "./terminal-menu.tsx";
import { useTerminalSettings } from "./terminal-settings.ts";
import { TerminalView } from "./terminal-view.tsx";
import { useDesk, useTerminals } from "./terminals.tsx";
import { TransferList } from "./transfer-list.tsx";
import { Transfers } from "./transfers.ts";
import { useRecording } from "./use-recording.ts";

export interface TerminalPanelProps {
  labId: string;
  /** In the order of the tabs. */
  nodes: { name: string }[];
  className?: string;
}

/** Must stand inside a `TerminalsProvider`. Tabs that are not shown keep their screens. */
export function TerminalPanel({ labId, nodes, className }: TerminalPanelProps) {
  const { shown, show } = useTerminals();
  const desk = useDesk();
  const words = useWords();
  const { sideBySide, theme } = useTerminalSettings();
  const recording = useRecording(labId);
  const [transfers] = useState(() => new Transfers());
  const [filesOpen, setFilesOpen] = useState(false);
  useEffect(keepPageFromDrops, []);
  const [states, setStates] = useState<Record<string, LinkState["kind"]>>({});
  const tabs = useRef<HTMLDivElement>(null);
  const shells = useShellTabs(
    labId,
    nodes.map(({ name }) => name),
  );
  useLayoutEffect(() => {
    const before = keptTab(labId);
    if (desk.shown === undefined && before !== undefined) desk.show(before);
  }, [desk, labId]);
  useEffect(() => {
    if (shown !== undefined) keepTab(labId, shown);
  }, [labId, shown]);
  const shellOf = shells.tabs.find(({ name }) => name === shown) ?? shells.tabs[0];
  const active = shellOf?.name ?? "";
  const node = shellOf?.node ?? "";
  // The one that was active before stays beside it; each keeps its side, so that a click moves nothing.
  const [pair, setPair] = useState<[now: string, before: string | undefined]>([active, undefined]);
  if (pair[0] !== active) setPair([active, pair[0]]);
  const others = shells.tabs.filter(({ name }) => name !== active);
  const beside = sideBySide ? (others.find(({ name }) => name === pair[1]) ?? others[0])?.name : undefined;
  const order = shells.tabs.map(({ name }) => name);
  const side = (name: string) => {
    if (beside === undefined) return "inset-x-0";
    const other = name === active ? beside : active;
    return order.indexOf(name) < order.indexOf(other) ? "left-0 right-1/2" : "left-1/2 right-0 border-l border-rule";
  };
  const leave = () => tabs.current?.querySelector<HTMLElement>('[role="tab"][data-state="active"]')?.focus();

  const upload = (node: string, folder: string, files: readonly File[]) => {
    for (const file of files) {
      transfers.add({
        ...{ way: "upload", node, name: file.name, total: file.size },
        run: (going) => uploadFile({ labId, node }, joined(folder, file.name), file, going),
      });
    }
  };
  const download = (node: string, path: string, bytes: number) => {
    const name = baseName(path) || path;
    transfers.add({
      ...{ way: "download", node, name, total: bytes },
      run: async (going) => saveBlob(await downloadFile({ labId, node }, path, going), name),
    });
  };
  const drop = (node: string, { files, folders }: Dropped) => {
    upload(node, "", files);
    for (const name of folders) {
      transfers.add({
        ...{ way: "upload", node, name, total: 0 },
        run: () => Promise.reject(new TransferFailed({ id: "files.no-folder" })),
      });
    }
  };

  return (
    <section aria-label={words("desk.terminals")} className={`terminals ${className ?? ""}`} data-theme={theme}>
      <Tabs.Root
        value={shellOf?.id ?? ""}
        onValueChange={(chosen) => show(shells.tabs.find(({ id }) => id === chosen)?.name ?? active)}
        activationMode="manual"
        className="flex h-full flex-col"
      >
        <div className="flex shrink-0 border-b border-rule bg-raised px-1">
          <Tabs.List ref={tabs} aria-label={words("terminal.nodes")} className="flex min-w-0 overflow-x-auto">
            {shells.tabs.map(({ id, name }) => (
              <Tabs.Trigger
                key={id}
                value={id}
                // Chosen with the mouse it is to be typed in; who goes by keys or fingers stays among the tabs.
                onClick={({ detail, nativeEvent }) => {
                  const touched = "pointerType" in nativeEvent && nativeEvent.pointerType === "touch";
                  if (detail > 0 && !touched) desk.work(name);
                }}
                className="flex min-h-9 items-center gap-1.5 border-b-2 border-transparent px-3 font-mono text-code text-quiet data-[state=active]:border-accent data-[state=active]:text-ink"
              >
                {name}
                <TabMark state={states[name]} />
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {shells.canOpen(node) && (
            <button
              type="button"
              className="button button-bare min-h-9 shrink-0 px-3"
              aria-label={words("terminal.another", { node })}
              title={words("terminal.another", { node })}
              onClick={() => {
                const opened = shells.open(node);
                if (opened !== undefined) desk.work(opened);
              }}
            >
              +
            </button>
          )}
          {shellOf && shellOf.slot !== "1" && (
            <button
              type="button"
              className="button button-bare min-h-9 shrink-0 px-3"
              aria-label={words("terminal.end-shell", { name: active })}
              title={words("terminal.end-shell", { name: active })}
              onClick={() => {
                desk.handle(active)?.end();
                shells.close(shellOf);
                show(node);
              }}
            >
              ×
            </button>
          )}
          <TerminalMenu
            canSplit={shells.tabs.length > 1}
            onSearch={() => desk.handle(active)?.openSearch()}
            onTranscript={() => desk.handle(active)?.openTranscript()}
            onFiles={() => setFilesOpen(true)}
            onControl={(letter) => {
              desk.handle(active)?.type(controlCharacter(letter));
              desk.handle(active)?.focus();
            }}
            recording={
              recording.state?.on
                ? { labId, on: !recording.state.off, change: (on) => recording.setOff(!on) }
                : undefined
            }
          />
        </div>
        <RecordingNotice labId={labId} recording={recording} />
        <div className="relative min-h-0 grow">
          {shells.tabs.map(({ id, name, node, slot }) => (
            <Tabs.Content
              key={id}
              value={id}
              forceMount
              tabIndex={-1}
              className={`absolute inset-y-0 ${side(name)} ${name === active || name === beside ? "" : "hidden"}`}
              onFocus={() => show(name)}
            >
              <TerminalView
                labId={labId}
                node={node}
                slot={slot}
                name={name}
                shown={name === active || name === beside}
                onState={({ kind }) => setStates((before) => ({ ...before, [name]: kind }))}
                onLeave={leave}
                onDrop={(dropped) => drop(node, dropped)}
              />
            </Tabs.Content>
          ))}
        </div>
        <TransferList transfers={transfers} />
        <FileDialog
          labId={labId}
          node={node}
          open={filesOpen}
          onClose={() => setFilesOpen(false)}
          onClosed={() => desk.handle(active)?.focus()}
          onUpload={(folder, files) => upload(node, folder, files)}
          onDownload={(path, bytes) => download(node, path, bytes)}
        />
      </Tabs.Root>
    </section>
  );
}

/** A shape and a word, and only where something is the matter. */
function TabMark({ state }: { state: LinkState["kind"] | undefined }) {
  const words = useWords();
  if (state === undefined || state === "connected") return null;
  const waiting = state === "connecting" || state === "offline" || state === "reconnecting";
  const word = words(`terminal.state-${state}`);
  return (
    <span className="font-sans text-small text-notyet" title={word}>
      <span aria-hidden="true">{waiting ? "…" : "×"}</span>
      <span className="sr-only"> ({word})</span>
    </span>
  );
}
