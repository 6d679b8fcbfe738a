/**
 * xterm.js on the page: what a link draws on.
 *
 * Loaded when the first terminal is shown; the server never loads it.
 */

import type { FitAddon } from "@xterm/addon-fit";
import type { SearchAddon } from "@xterm/addon-search";
import type { WebglAddon } from "@xterm/addon-webgl";
import type { Terminal } from "@xterm/xterm";
import { SCROLLBACK_LINES, TERMINAL_SIZE } from "../../gateway/protocol.ts";
import { copyText } from "../_course/clipboard.ts";
import { ringBell } from "./bell.ts";
import { isWorthAsking } from "./pasted-lines.ts";
import { onColoursChanged, terminalColours } from "./terminal-colours.ts";
import { controlCharacter, keyAct, TAKEN_KEYS } from "./terminal-keys.ts";
import { onSettings, terminalSettings } from "./terminal-settings.ts";

/** The face is ours and local: it is there in milliseconds, and measured wrongly before. */
const FONT_WAIT_MS = 1_500;

export interface XtermScreen {
  readonly terminal: Terminal;
  /** The size that fills the frame; undefined while it cannot be seen. */
  fit(): { columns: number; rows: number } | undefined;
  resize(columns: number, rows: number): void;
  readonly search: ScreenSearch;
  /** The cursor is in the upper half of what is shown. */
  cursorHigh(): boolean;
  /** The cursor stands behind a shell's prompt and nothing else. */
  atPrompt(): boolean;
  /** Every line there is, without the empty ones at the end. */
  text(): string;
  /** Shown or hidden: a hidden terminal gives its WebGL context back, as browsers have only some 16. */
  show(visible: boolean): void;
  dispose(): void;
}

export interface ScreenSearch {
  /** Towards older lines. @param growing the same match may stay, as it is still being typed */
  before(text: string, growing: boolean): void;
  after(text: string): void;
  clear(): void;
  /** `index` counts from 0, -1 without a match; the function it gives ends that. */
  onFound(listener: (found: { index: number; count: number }) => void): () => void;
}

export interface ScreenEvents {
  onData(data: string | Uint8Array): void;
  /** The learner wants the focus out of the terminal. */
  onLeave(): void;
  onSearch(): void;
  /** Pasted text that would run several commands; nothing was pasted. */
  onPaste(text: string): void;
}

/** Put a terminal into an element that is visible. */
export async function openScreen(mount: HTMLElement, label: string, events: ScreenEvents): Promise<XtermScreen> {
  const [{ Terminal }, { FitAddon }, { WebLinksAddon }, { UnicodeGraphemesAddon }, { SearchAddon }] = await Promise.all(
    [
      import("@xterm/xterm"),
      import("@xterm/addon-fit"),
      import("@xterm/addon-web-links"),
      import("@xterm/addon-unicode-graphemes"),
      import("@xterm/addon-search"),
    ],
  );
  const fontFamily = getComputedStyle(mount).getPropertyValue("font-family") || "monospace";
  await fontLoaded(fontFamily);
  const terminal = new Terminal({
    allowProposedApi: true,
    fontFamily,
    fontSize: terminalSettings().fontSizePx,
    screenReaderMode: terminalSettings().screenReader,
    lineHeight: 1.2,
    scrollback: SCROLLBACK_LINES,
    theme: terminalColours(mount),
    minimumContrastRatio: 4.5,
    cursorBlink: false,
    macOptionIsMeta: false,
    rightClickSelectsWord: true,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(
    new WebLinksAddon((_event, address) => void window.open(address, "_blank", "noopener,noreferrer")),
  );
  terminal.loadAddon(new UnicodeGraphemesAddon());
  terminal.open(mount);
  terminal.textarea?.setAttribute("aria-label", label);
  handleKeys(terminal, events);
  terminal.onData((data) => events.onData(data));
  // Mouse reports of old programs: bytes in the guise of characters.
  terminal.onBinary((data) => events.onData(Uint8Array.from(data, (character) => character.charCodeAt(0) & 0xff)));
  const offColours = onColoursChanged(() => {
    terminal.options.theme = terminalColours(mount);
  });
  const offSettings = onSettings(() => {
    const { fontSizePx, screenReader } = terminalSettings();
    // After the page has taken the chosen colours over.
    requestAnimationFrame(() => {
      if (mount.isConnected) terminal.options.theme = terminalColours(mount);
    });
    if (terminal.options.fontSize !== fontSizePx) terminal.options.fontSize = fontSizePx;
    if (terminal.options.screenReaderMode !== screenReader) terminal.options.screenReaderMode = screenReader;
  });
  terminal.onBell(() => {
    if (terminalSettings().bell) ringBell();
  });
  const onPaste = (event: ClipboardEvent) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!isWorthAsking(text, terminal.modes.bracketedPasteMode)) return;
    // Before xterm.js, which listens further in.
    event.preventDefault();
    event.stopPropagation();
    events.onPaste(text);
  };
  mount.addEventListener("paste", onPaste, { capture: true });
  // Whoever presses Ctrl+W to search in an editor would close the page: it asks first. The shell would stay either way.
  const onLeaving = (event: BeforeUnloadEvent) => {
    if (terminal.buffer.active.type === "alternate" && mount.contains(document.activeElement)) event.preventDefault();
  };
  window.addEventListener("beforeunload", onLeaving);
  const searchAddon = new SearchAddon();
  terminal.loadAddon(searchAddon);
  const renderer = webglRenderer(terminal);

  return {
    terminal,
    fit: () => fitting(fit, mount),
    resize: (columns, rows) => terminal.resize(columns, rows),
    search: screenSearch(searchAddon, mount),
    cursorHigh: () => terminal.buffer.active.cursorY < terminal.rows / 2,
    atPrompt() {
      const { active } = terminal.buffer;
      const line = active.getLine(active.baseY + active.cursorY)?.translateToString(false, 0, active.cursorX) ?? "";
      return active.type === "normal" && /[#$] $/.test(line);
    },
    text: () => linesOf(terminal),
    show: (visible) => renderer.use(visible),
    dispose() {
      offColours();
      offSettings();
      window.removeEventListener("beforeunload", onLeaving);
      mount.removeEventListener("paste", onPaste, { capture: true });
      renderer.use(false);
      terminal.dispose();
    },
  };
}

function screenSearch(addon: SearchAddon, mount: HTMLElement): ScreenSearch {
  const options = (incremental: boolean) => {
    const { cursor, selectionBackground } = terminalColours(mount);
    const colour = hex(cursor ?? "#2148b8");
    return {
      incremental,
      decorations: {
        matchOverviewRuler: colour,
        activeMatchColorOverviewRuler: colour,
        matchBackground: hex(selectionBackground ?? "#c9d5f5"),
        activeMatchBorder: colour,
      },
    };
  };
  return {
    before: (text, growing) => void addon.findPrevious(text, options(growing)),
    after: (text) => void addon.findNext(text, options(false)),
    clear: () => addon.clearDecorations(),
    onFound(listener) {
      const event = addon.onDidChangeResults(({ resultIndex, resultCount }) =>
        listener({ index: resultIndex, count: resultCount }),
      );
      return () => event.dispose();
    },
  };
}

/** `rgb(1, 2, 3)` as `#010203`, the one form the search takes. */
function hex(colour: string): string {
  const parts = colour.match(/\d+(\.\d+)?/g)?.slice(0, 3);
  if (colour.startsWith("#") || parts?.length !== 3) return colour.startsWith("#") ? colour : "#2148b8";
  return `#${parts.map((part) => Math.round(Number(part)).toString(16).padStart(2, "0")).join("")}`;
}

/** Lines that wrapped are one again. */
function linesOf(terminal: Terminal): string {
  const { active } = terminal.buffer;
  let text = "";
  for (let row = 0; row < active.length; row++) {
    const line = active.getLine(row);
    if (!line) continue;
    text += `${row > 0 && !line.isWrapped ? "\n" : ""}${line.translateToString(!active.getLine(row + 1)?.isWrapped)}`;
  }
  return text.trimEnd();
}

function fitting(fit: FitAddon, mount: HTMLElement): { columns: number; rows: number } | undefined {
  if (mount.clientWidth === 0 || mount.clientHeight === 0) return undefined;
  const proposed = fit.proposeDimensions();
  if (!proposed || !Number.isFinite(proposed.cols) || !Number.isFinite(proposed.rows)) return undefined;
  const { columnsMin, columnsMax, rowsMin, rowsMax } = TERMINAL_SIZE;
  return {
    columns: Math.min(Math.max(proposed.cols, columnsMin), columnsMax),
    rows: Math.min(Math.max(proposed.rows, rowsMin), rowsMax),
  };
}

function handleKeys(terminal: Terminal, events: ScreenEvents): void {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown") return true;
    const act = keyAct(event, { selection: terminal.hasSelection(), mac });
    if (act === "shell") return true;
    if (act === "browser") return false;
    event.preventDefault();
    if (act === "leave") events.onLeave();
    if (act === "search") events.onSearch();
    const taken = TAKEN_KEYS.find((letter) => act === `control-${letter}`);
    if (taken) events.onData(controlCharacter(taken));
    if ((act === "copy" || act === "copy-and-deselect") && terminal.hasSelection()) {
      copyText(terminal.getSelection());
      if (act === "copy-and-deselect") terminal.clearSelection();
    }
    return false;
  });
}

/** WebGL where a graphics card does it; drawn in software it is slower than the plain renderer. */
function webglRenderer(terminal: Terminal): { use(wanted: boolean): void } {
  let addon: WebglAddon | undefined;
  let wanted = false;
  let failed = false;
  const drop = () => {
    addon?.dispose();
    addon = undefined;
  };
  const load = async () => {
    const { WebglAddon } = await import("@xterm/addon-webgl");
    if (!wanted || addon || failed) return;
    try {
      addon = new WebglAddon();
      addon.onContextLoss(() => {
        // The browser took it for another page: the plain renderer goes on.
        failed = true;
        drop();
      });
      terminal.loadAddon(addon);
    } catch {
      failed = true;
      drop();
    }
  };
  return {
    use(next) {
      wanted = next;
      if (!wanted) drop();
      else if (!addon && !failed && hasGraphicsCard()) void load();
    },
  };
}

let graphicsCard: boolean | undefined;
function hasGraphicsCard(): boolean {
  if (graphicsCard === undefined) {
    const context = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    // Chromium does not count its own software renderer as a caveat.
    const named = context?.getExtension("WEBGL_debug_renderer_info");
    const renderer = String(context?.getParameter(named?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER) ?? "");
    graphicsCard = context !== null && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
    context?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return graphicsCard;
}

async function fontLoaded(fontFamily: string): Promise<void> {
  const size = terminalSettings().fontSizePx;
  const loaded = Promise.all([
    document.fonts.load(`400 ${size}px ${fontFamily}`),
    document.fonts.load(`600 ${size}px ${fontFamily}`),
  ]);
  await Promise.race([loaded.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, FONT_WAIT_MS))]);
}
