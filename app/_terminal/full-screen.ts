/**
 * The page in full screen, where the browser can leave to it the keys that it keeps for tabs and windows.
 *
 * Chromium does that in a secure context (HTTPS, or this machine); elsewhere the page is only larger. Escape belongs to
 * editors, so it is taken as well: held down, it still leaves full screen.
 */

/** In lib.dom it is missing, and so are browsers that have it not. */
interface Keyboard {
  lock?(keys: string[]): Promise<void>;
}

const KEYS = ["KeyW", "KeyT", "KeyN", "Escape"];

export function canFullScreen(): boolean {
  return typeof document !== "undefined" && document.fullscreenEnabled === true;
}

/** In or out. Refused by the browser, it stays as it is. */
export async function toggleFullScreen(): Promise<void> {
  try {
    if (document.fullscreenElement) {
      await document.exitFullscreen();
      return;
    }
    await document.documentElement.requestFullscreen();
    await (navigator as Navigator & { keyboard?: Keyboard }).keyboard?.lock?.(KEYS);
  } catch {
    // The browser decides.
  }
}
