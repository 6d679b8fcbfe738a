/**
 * A page without a browser: the product's own connection and link, drawing on a headless terminal.
 */
import { createRequire } from "node:module";
import type { Terminal as HeadlessTerminal } from "@xterm/headless";
import { io, type Socket } from "socket.io-client";
import { type Connection, openConnection } from "../../app/_terminal/socket.ts";
import { type LinkState, TerminalLink, type TerminalSink } from "../../app/_terminal/terminal-link.ts";
import type { FromBrowser, FromGateway, Message, Watcher } from "../protocol.ts";
import { PROTOCOL_VERSION } from "../protocol.ts";

const load = createRequire(import.meta.url);
const { Terminal } = load("@xterm/headless") as typeof import("@xterm/headless");
const { UnicodeGraphemesAddon } = load(
  "@xterm/addon-unicode-graphemes",
) as typeof import("@xterm/addon-unicode-graphemes");

/** A socket that says what a test wants it to. */
export function rawSocket(url: string, person = "ana", auth: object = { protocol: PROTOCOL_VERSION }) {
  const socket: Socket<FromGateway, FromBrowser> = io(url, {
    auth,
    transports: ["websocket"],
    extraHeaders: { "x-person": person },
    reconnection: false,
    forceNew: true,
  });
  return socket;
}

export interface TestTerminal {
  link: TerminalLink;
  screen: HeadlessTerminal;
  /** Newest last. */
  states: LinkState[];
  notices: Message[];
  watchers: readonly Watcher[];
  recorded: boolean;
  redraws: number;
  pending: number;
  received: number;
  /** While true, bytes are kept and nothing is parsed: a stalled tab. */
  stalled: boolean;
  /** The screen and some lines above it, without the empty ones at the end. */
  text(): string;
  /** Resolves when the condition holds; looked at after every change. */
  until(what: string, condition: () => boolean, timeoutMs?: number): Promise<void>;
}

export function openTerminal(
  connection: Connection,
  place: { labId: string; node: string; slot?: string },
  size = { columns: 80, rows: 24 },
): TestTerminal {
  const screen = new Terminal({
    cols: size.columns,
    rows: size.rows,
    scrollback: 10_000,
    allowProposedApi: true,
    logLevel: "off",
  });
  // As the page has it.
  screen.loadAddon(new UnicodeGraphemesAddon());
  const looks = new Set<() => void>();
  const changed = () => {
    for (const look of [...looks]) look();
  };
  let held: (() => void)[] = [];
  let stalled = false;
  const sink: TerminalSink = {
    write(bytes, parsed) {
      terminal.received += bytes.length;
      const draw = () =>
        screen.write(bytes, () => {
          parsed();
          changed();
        });
      if (stalled) held.push(draw);
      else draw();
    },
    redraw({ columns, rows, bytes }) {
      held = [];
      terminal.redraws += 1;
      screen.reset();
      screen.resize(columns, rows);
      screen.write(bytes, changed);
    },
    size: (columns, rows) => screen.resize(columns, rows),
    state(state) {
      terminal.states.push(state);
      changed();
    },
    pending(characters) {
      terminal.pending = characters;
      changed();
    },
    watchers(watchers) {
      terminal.watchers = watchers;
      changed();
    },
    recorded(recorded) {
      terminal.recorded = recorded;
      changed();
    },
    notice(message) {
      terminal.notices.push(message);
      changed();
    },
  };
  const terminal: TestTerminal = {
    link: new TerminalLink(connection, place, sink),
    screen,
    states: [],
    notices: [],
    watchers: [],
    recorded: false,
    redraws: 0,
    pending: 0,
    received: 0,
    get stalled() {
      return stalled;
    },
    set stalled(value) {
      stalled = value;
      if (!stalled) for (const one of held.splice(0)) one();
    },
    text() {
      const { active } = screen.buffer;
      const lines: string[] = [];
      // All 10,000 lines at every change would starve the parser.
      for (let row = Math.max(0, active.length - 100); row < active.length; row++)
        lines.push(active.getLine(row)?.translateToString(true) ?? "");
      return lines.join("\n").trimEnd();
    },
    until(what, condition, timeoutMs = 15_000) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => {
        looks.delete(look);
        reject(
          new Error(
            `${what}: not within ${timeoutMs} ms; state ${JSON.stringify(terminal.states.at(-1))}, screen:\n${terminal.text()}`,
          ),
        );
      }, timeoutMs);
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      // Also what changes outside of the terminal, such as a node's shell.
      const poll = setInterval(look, 25);
      promise.finally(() => clearInterval(poll)).catch(() => undefined);
      look();
      return promise;
    },
  };
  terminal.link.start(size.columns, size.rows);
  return terminal;
}

export const openPage = (url: string) => openConnection(url);
