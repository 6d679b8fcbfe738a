/**
 * Labs' pictures for the pages that show them. Notices carry ids only; what is sent is read anew, once for all its pages.
 */
import type { Database } from "../../database/database.ts";
import type { LabPicture } from "../../labs/lab-picture.ts";

type Show = (picture: LabPicture) => void;

interface Shown {
  pages: Set<Show>;
  reading: boolean;
  again: boolean;
}

export class LabPictures {
  readonly #database: Pick<Database, "pictures" | "notices">;
  readonly #onFailure: (cause: unknown) => void;
  readonly #shown = new Map<string, Shown>();
  #unlisten: (() => void) | undefined;

  /** @param onFailure the database could not be read; the next notice tries again */
  constructor(database: Pick<Database, "pictures" | "notices">, onFailure: (cause: unknown) => void) {
    this.#database = database;
    this.#onFailure = onFailure;
  }

  async start(): Promise<void> {
    this.#unlisten = await this.#database.notices.listen((notice) => {
      if (notice.topic === "look-again") for (const labId of this.#shown.keys()) this.#refresh(labId);
      else if (notice.topic === "picture") this.#refresh(notice.labId);
    });
  }

  stop(): void {
    this.#unlisten?.();
  }

  /** Send every new picture of the lab to `show`. @returns the latest; undefined before the first look */
  async watch(labId: string, show: Show): Promise<LabPicture | undefined> {
    const shown = this.#shown.get(labId) ?? { pages: new Set<Show>(), reading: false, again: false };
    this.#shown.set(labId, shown);
    shown.pages.add(show);
    return this.#database.pictures.get(labId);
  }

  unwatch(labId: string, show: Show): void {
    const shown = this.#shown.get(labId);
    shown?.pages.delete(show);
    if (shown?.pages.size === 0) this.#shown.delete(labId);
  }

  #refresh(labId: string): void {
    const shown = this.#shown.get(labId);
    if (!shown) return;
    if (shown.reading) {
      shown.again = true;
      return;
    }
    shown.reading = true;
    this.#database.pictures
      .get(labId)
      .then((picture) => {
        if (picture) for (const show of [...shown.pages]) show(picture);
      })
      .catch(this.#onFailure)
      .finally(() => {
        shown.reading = false;
        if (!shown.again) return;
        shown.again = false;
        this.#refresh(labId);
      });
  }
}
