/**
 * The terminal's colours, from the page's style sheet: xterm.js draws by itself and knows no CSS variables.
 */
import type { ITheme } from "@xterm/xterm";

/** Variables of `terminal.css`, by xterm.js's names. */
const VARIABLES = {
  background: "--terminal-background",
  foreground: "--terminal-foreground",
  cursor: "--terminal-cursor",
  cursorAccent: "--terminal-background",
  selectionBackground: "--terminal-selection",
  black: "--terminal-black",
  red: "--terminal-red",
  green: "--terminal-green",
  yellow: "--terminal-yellow",
  blue: "--terminal-blue",
  magenta: "--terminal-magenta",
  cyan: "--terminal-cyan",
  white: "--terminal-white",
  brightBlack: "--terminal-bright-black",
  brightRed: "--terminal-bright-red",
  brightGreen: "--terminal-bright-green",
  brightYellow: "--terminal-bright-yellow",
  brightBlue: "--terminal-bright-blue",
  brightMagenta: "--terminal-bright-magenta",
  brightCyan: "--terminal-bright-cyan",
  brightWhite: "--terminal-bright-white",
} satisfies Partial<Record<keyof ITheme, string>>;

/** As they are now for an element: `light-dark()` is worked out by the browser. */
export function terminalColours(element: HTMLElement): ITheme {
  const probe = document.createElement("span");
  probe.style.display = "none";
  element.append(probe);
  const theme: ITheme = {};
  for (const [name, variable] of Object.entries(VARIABLES)) {
    probe.style.color = `var(${variable})`;
    theme[name as keyof typeof VARIABLES] = getComputedStyle(probe).color;
  }
  probe.remove();
  return theme;
}

/** Told whenever light and dark may have changed; the function it gives ends that. */
export function onColoursChanged(changed: () => void): () => void {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", changed);
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class", "style"] });
  return () => {
    scheme.removeEventListener("change", changed);
    chosen.disconnect();
  };
}
