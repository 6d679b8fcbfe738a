/**
 * The page that the benchmark opens in Chromium: the product's connection, link and screen, and clocks around them.
 *
 * Bundled by `browser.ts`; it runs in the browser alone.
 */
import { openConnection } from "../../app/_terminal/socket.ts";
import { TerminalLink } from "../../app/_terminal/terminal-link.ts";
import { openScreen } from "../../app/_terminal/xterm-screen.ts";

export interface BenchPage {
  type(text: string): void;
  /** Resolves when the text stands on the screen. */
  shows(text: string): Promise<void>;
  /** Milliseconds from each key press since the last call to the frame after its character was drawn. */
  keyTimes(): number[];
  /** Bytes received since the page was opened. */
  received(): number;
  /** Resolves when the shell has ended. */
  end(): Promise<void>;
  /** Scrolls through everything for so long. @returns frames a second, and the longest time between two */
  scroll(ms: number): Promise<{ fps: number; longestMs: number }>;
}

declare global {
  interface Window {
    bench: BenchPage;
  }
}

const query = new URLSearchParams(location.search);
const mount = document.createElement("div");
mount.style.cssText = "position: fixed; inset: 0; font-family: monospace";
document.body.append(mount);

const screen = await openScreen(mount, "bench", {
  onData: (data) => link.type(data),
  onLeave: () => undefined,
  onSearch: () => undefined,
  onPaste: () => undefined,
});
screen.show(true);
const { terminal } = screen;
let received = 0;
const ended = Promise.withResolvers<void>();
const link = new TerminalLink(
  openConnection(),
  { labId: query.get("lab") ?? "", node: "node", slot: query.get("slot") ?? "1" },
  {
    write(bytes, parsed) {
      received += bytes.length;
      terminal.write(bytes, parsed);
    },
    redraw({ columns, rows, bytes }) {
      terminal.reset();
      terminal.resize(columns, rows);
      terminal.write(bytes);
    },
    size: (columns, rows) => terminal.resize(columns, rows),
    state: ({ kind }) => {
      if (kind === "ended") ended.resolve();
    },
    pending: () => undefined,
    notice: () => undefined,
  },
);
const size = screen.fit() ?? { columns: 80, rows: 24 };
screen.resize(size.columns, size.rows);
link.start(size.columns, size.rows);

let times: number[] = [];
let pressedAt: number | undefined;
window.addEventListener(
  "keydown",
  ({ timeStamp }) => {
    // When the browser took the key, not when it came to us.
    pressedAt = timeStamp;
  },
  { capture: true },
);
terminal.onRender(() => {
  if (pressedAt === undefined) return;
  const from = pressedAt;
  pressedAt = undefined;
  // The frame in which it is drawn is on its way when the task after it runs.
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => times.push(performance.now() - from);
    port2.postMessage(undefined);
  });
});

window.bench = {
  type: (text) => link.type(text),
  end() {
    link.end();
    return ended.promise;
  },
  async shows(text) {
    while (!screen.text().slice(-4_000).includes(text)) await new Promise((resolve) => setTimeout(resolve, 50));
  },
  keyTimes() {
    const taken = times;
    times = [];
    return taken;
  },
  received: () => received,
  async scroll(ms) {
    terminal.scrollToTop();
    let frames = 0;
    let longestMs = 0;
    const began = performance.now();
    for (let last = began; last - began < ms; frames++) {
      terminal.scrollLines(3);
      const now = await new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())));
      longestMs = Math.max(longestMs, now - last);
      last = now;
    }
    return { fps: (frames * 1000) / (performance.now() - began), longestMs };
  },
};
terminal.focus();
