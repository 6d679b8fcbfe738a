"use client";

/** A recording on screen: play, pause, speed, and anywhere in it. */
import "@xterm/xterm/css/xterm.css";
import "../../_terminal/terminal.css";
import type { Terminal } from "@xterm/xterm";
import { useEffect, useRef, useState } from "react";
import type { HttpRefusal, Message, RecordingDetails } from "../../../gateway/protocol.ts";
import { onColoursChanged, terminalColours } from "../../_terminal/terminal-colours.ts";
import { usePageWords } from "../../_words/page-words.tsx";
import { useSentence } from "../../_words/words.tsx";
import { CastPlayer, type PlayerState } from "./cast-player.ts";
import { Trouble } from "../../_components/trouble.tsx";

const SPEEDS = [0.5, 1, 2, 4, 8, 16];
const STEP_MS = 5_000;
/** A letter's width to its height, for a size that shows whole lines. */
const WIDTH_TO_HEIGHT = 0.6;
const FONT_PX = { min: 6, max: 14 };

export function Replay({ id }: { id: string }) {
  const words = usePageWords();
  const sentence = useSentence();
  const mount = useRef<HTMLDivElement>(null);
  const player = useRef<CastPlayer>(undefined);
  const [details, setDetails] = useState<RecordingDetails>();
  /** `not-read`: nobody said why. */
  const [trouble, setTrouble] = useState<Message | "not-read">();
  const [now, setNow] = useState<{ atMs: number; state: PlayerState }>({ atMs: 0, state: "loading" });
  const [speed, setSpeed] = useState(1);

  useEffect(() => {
    const element = mount.current;
    if (!element) return;
    const gone = new AbortController();
    begin(id, element, gone.signal, {
      details: setDetails,
      changed: setNow,
      player: (made) => {
        player.current = made;
      },
    }).catch((cause: unknown) => {
      if (!gone.signal.aborted) setTrouble(cause instanceof NotRead ? cause.said : "not-read");
    });
    return () => gone.abort();
  }, [id]);

  const durationMs = details?.durationMs ?? 0;
  const playing = now.state === "playing";
  const toggle = () => (playing ? player.current?.pause() : player.current?.play());
  return (
    <section aria-label={words("replay.replay")} className="terminals mt-4">
      {trouble && (
        <Trouble>
          {trouble === "not-read" ? words("replay.not-read") : sentence(trouble)}
        </Trouble>
      )}
      <div className="terminal-area overflow-auto border border-rule p-3">
        <div
          ref={mount}
          className="terminal-mount w-full font-mono"
          data-testid="replay"
          data-label={words("replay.showed")}
        />
      </div>
      <div className="flex flex-wrap items-center gap-3 border border-t-0 border-rule bg-raised px-3 py-2">
        <button type="button" className="button min-w-20" disabled={!details} onClick={toggle}>
          {words(playing ? "replay.pause" : "replay.play")}
        </button>
        <input
          type="range"
          aria-label={words("replay.place")}
          aria-valuetext={words("replay.of", { at: clock(now.atMs), length: clock(durationMs) })}
          min={0}
          max={durationMs}
          step={1}
          value={Math.min(now.atMs, durationMs)}
          disabled={!details}
          onChange={(event) => player.current?.seek(Number(event.target.value))}
          onKeyDown={(event) => {
            const by = { ArrowLeft: -STEP_MS, ArrowRight: STEP_MS }[event.key];
            if (by === undefined) return;
            event.preventDefault();
            player.current?.seek(now.atMs + by);
          }}
          className="min-w-40 grow accent-accent"
        />
        <span className="font-mono text-code">
          {clock(now.atMs)} / {clock(durationMs)}
        </span>
        <label className="text-small">
          {words("replay.speed")}{" "}
          <select
            value={speed}
            onChange={(event) => {
              const to = Number(event.target.value);
              setSpeed(to);
              if (player.current) player.current.speed = to;
            }}
            className="min-h-9 border border-edge bg-paper px-2"
          >
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one} ×
              </option>
            ))}
          </select>
        </label>
        <a className="button" href={`/gateway/recordings/${encodeURIComponent(id)}/cast?save`}>
          {words("replay.save")}
        </a>
        <span role="status" className="sr-only">
          {words(`replay.state-${now.state}`)}
        </span>
      </div>
      {now.state === "failed" && (
        <Trouble className="mt-2">
          {words("replay.not-read-on")}
        </Trouble>
      )}
    </section>
  );
}

async function begin(
  id: string,
  mount: HTMLElement,
  signal: AbortSignal,
  tell: {
    details(details: RecordingDetails): void;
    changed(now: { atMs: number; state: PlayerState }): void;
    player(player: CastPlayer): void;
  },
): Promise<void> {
  const address = `/gateway/recordings/${encodeURIComponent(id)}`;
  const details = (await (await asked(address, signal)).json()) as RecordingDetails;
  const [{ Terminal }, { UnicodeGraphemesAddon }] = await Promise.all([
    import("@xterm/xterm"),
    import("@xterm/addon-unicode-graphemes"),
  ]);
  if (signal.aborted) return;
  const { columns, rows } = details;
  const terminal = new Terminal({
    allowProposedApi: true,
    ...{ cols: columns, rows, scrollback: 0, disableStdin: true, lineHeight: 1.2, minimumContrastRatio: 4.5 },
    fontFamily: getComputedStyle(mount).fontFamily || "monospace",
    fontSize: letterPx(mount, columns),
    screenReaderMode: true,
    theme: terminalColours(mount),
  });
  terminal.loadAddon(new UnicodeGraphemesAddon());
  terminal.open(mount);
  terminal.textarea?.setAttribute("aria-label", mount.dataset.label ?? "");
  const offColours = onColoursChanged(() => {
    terminal.options.theme = terminalColours(mount);
  });
  const player = new CastPlayer(
    details.durationMs,
    async (fromMs, stop) => {
      const { body } = await asked(`${address}/cast?from=${Math.round(fromMs)}`, stop);
      if (!body) throw new Error("empty");
      return body;
    },
    sinkOf(terminal, mount, details, tell.changed),
  );
  signal.addEventListener("abort", () => {
    player.stop();
    offColours();
    terminal.dispose();
  });
  tell.details(details);
  tell.player(player);
  player.seek(0);
}

function sinkOf(
  terminal: Terminal,
  mount: HTMLElement,
  { columns, rows }: RecordingDetails,
  changed: (now: { atMs: number; state: PlayerState }) => void,
) {
  const size = (to: number, high: number) => {
    terminal.resize(to, high);
    terminal.options.fontSize = letterPx(mount, to);
  };
  return {
    clear: () => {
      terminal.reset();
      size(columns, rows);
    },
    size,
    write: (text: string) => new Promise<void>((resolve) => terminal.write(text, resolve)),
    changed,
  };
}

function letterPx(mount: HTMLElement, columns: number): number {
  const fits = Math.floor(mount.clientWidth / columns / WIDTH_TO_HEIGHT);
  return Math.min(Math.max(fits, FONT_PX.min), FONT_PX.max);
}

/** The gateway's reason, to be said in the reader's language. */
class NotRead extends Error {
  readonly said: Message;

  constructor(said: Message) {
    super(said.id);
    this.said = said;
  }
}

/** @throws NotRead when the gateway refuses */
async function asked(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (response.ok) return response;
  const body = (await response.json().catch(() => undefined)) as HttpRefusal | undefined;
  throw body ? new NotRead(body.refusal.message) : new Error(`answered ${response.status}`);
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  return `${hours > 0 ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
