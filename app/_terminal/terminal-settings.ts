"use client";

/** How this browser likes its terminals: kept in the browser, the same for every lab. */
import { useSyncExternalStore } from "react";

export interface TerminalSettings {
  fontSizePx: number;
  /** Two terminals beside each other, where there is room. */
  sideBySide: boolean;
  /** xterm.js keeps a copy of the lines for screen readers; it costs speed, so it is asked for. */
  screenReader: boolean;
  bell: boolean;
  /** The page's own colours, or one of them whatever the page has. */
  theme: TerminalTheme;
}

export const TERMINAL_THEMES = ["page", "light", "dark"] as const;
export type TerminalTheme = (typeof TERMINAL_THEMES)[number];

export const FONT_SIZE_PX = { min: 9, usual: 14, max: 28 } as const;
/** On a screen of 1366 px such letters leave room for 94 of them beside the text; the usual ones do so from 1600 px on. */
const SMALLER = { px: 13, belowPx: 1600 } as const;
const KEY = "quorate-terminal";
const usual: TerminalSettings = {
  fontSizePx: FONT_SIZE_PX.usual,
  sideBySide: false,
  screenReader: false,
  bell: false,
  theme: "page",
};

let settings: TerminalSettings | undefined;
const listeners = new Set<() => void>();

export function terminalSettings(): TerminalSettings {
  settings ??= stored();
  return settings;
}

export function changeSettings(change: Partial<TerminalSettings>): void {
  settings = bounded({ ...terminalSettings(), ...change });
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing still has them for this page.
  }
  for (const listener of [...listeners]) listener();
}

export function onSettings(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useTerminalSettings(): TerminalSettings {
  return useSyncExternalStore(onSettings, terminalSettings, () => usual);
}

function stored(): TerminalSettings {
  try {
    return bounded({ ...usualHere(), ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<TerminalSettings>) });
  } catch {
    return usualHere();
  }
}

function usualHere(): TerminalSettings {
  return window.innerWidth < SMALLER.belowPx ? { ...usual, fontSizePx: SMALLER.px } : usual;
}

function bounded(given: TerminalSettings): TerminalSettings {
  const px = Number.isFinite(given.fontSizePx) ? given.fontSizePx : FONT_SIZE_PX.usual;
  const theme = TERMINAL_THEMES.includes(given.theme) ? given.theme : "page";
  return { ...given, theme, fontSizePx: Math.min(Math.max(Math.round(px), FONT_SIZE_PX.min), FONT_SIZE_PX.max) };
}
