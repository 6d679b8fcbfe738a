/**
 * What each terminal showed last, in files: all that is left of a shell when the gateway itself ends.
 *
 * Apart from recordings: a few hundred lines, overwritten once a second while something changes, gone when the shell ends
 * in order, and a day later in any case. Readable by Quorate's own user alone, as screens may show secrets.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Screen } from "./screens.ts";

const EVERY_MS = 1_000;
/** Nobody comes back to yesterday's screen. */
const KEPT_MS = 24 * 60 * 60 * 1000;

export interface LastScreens {
  /** @param place person, lab, node and slot */
  keep(place: string, redraw: string): Promise<void>;
  /** Read and removed: it is shown once. */
  take(place: string): Promise<string | undefined>;
  forget(place: string): Promise<void>;
}

/** @param folder made if it is not there; screens of more than a day ago are removed from it */
export async function lastScreensIn(folder: string, nowMs = Date.now()): Promise<LastScreens> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const { mtimeMs } = await stat(file);
    if (nowMs - mtimeMs > KEPT_MS) await rm(file, { force: true });
  }
  const fileOf = (place: string) => join(folder, createHash("sha256").update(place).digest("hex"));
  const forget = (place: string) => rm(fileOf(place), { force: true });
  return {
    forget,
    async keep(place, redraw) {
      const file = fileOf(place);
      // Whole or not at all, as the process may end at any moment.
      await writeFile(`${file}.new`, redraw, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    async take(place) {
      const redraw = await readFile(fileOf(place), "utf8").catch(() => undefined);
      await forget(place);
      return redraw;
    },
  };
}

/** Keeps one terminal's screen while it changes. */
export class ScreenKeeper {
  readonly #place: string;
  readonly #screens: LastScreens;
  readonly #screen: Pick<Screen, "picture">;
  readonly #onFailure: (cause: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #changed = false;
  #over = false;
  /** One write after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    place: string,
    screens: LastScreens,
    screen: Pick<Screen, "picture">,
    onFailure: (cause: unknown) => void,
  ) {
    this.#place = place;
    this.#screens = screens;
    this.#screen = screen;
    this.#onFailure = onFailure;
  }

  /** On the hot path: it only remembers. */
  changed(): void {
    this.#changed = true;
    if (this.#timer || this.#over) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, EVERY_MS);
    this.#timer.unref();
  }

  /** Write what is not written yet. Never fails: a full disk ends no shell. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (!this.#changed || this.#over) return;
      this.#changed = false;
      try {
        const picture = await this.#screen.picture();
        if (!this.#over) await this.#screens.keep(this.#place, picture);
      } catch (cause) {
        if (!this.#over) this.#onFailure(cause);
      }
    });
    return this.#writing;
  }

  /** The shell is over. @param keep its screen is wanted above the next shell */
  end(keep: boolean): void {
    this.#over = true;
    clearTimeout(this.#timer);
    if (!keep) this.#writing = this.#writing.then(() => this.#screens.forget(this.#place)).catch(this.#onFailure);
  }
}
