/** Keeps a watched lab's picture: written when something changed, and now and then to say that it is still so. */
import type { LabPictureQueries } from "../database/lab-pictures.ts";
import type { LabPicture } from "../labs/lab-picture.ts";
import { pictureAfter, samePicture } from "./lab-picture.ts";
import type { Observation } from "./observation.ts";

/** A picture that does not change is written again after this long, so that a page can tell old from steady. */
const STILL_SO_MS = 12_000;

export class LabPainter {
  readonly #pictures: LabPictureQueries;
  readonly #labId: string;
  readonly #onFailure: (cause: unknown) => void;
  #kept: LabPicture | undefined;
  #loaded = false;
  #renewed = false;
  #work: Promise<void> = Promise.resolve();

  /** @param onFailure the picture could not be written; the next look tries again */
  constructor(pictures: LabPictureQueries, labId: string, onFailure: (cause: unknown) => void) {
    this.#pictures = pictures;
    this.#labId = labId;
    this.#onFailure = onFailure;
  }

  /** One after the other, in the order of the calls. */
  paint(observation: Observation): void {
    this.#work = this.#work.then(() => this.#paint(observation)).catch(this.#onFailure);
  }

  /** The lab was put into another state: what the next look finds did not happen, one thing after the other. */
  renew(): void {
    this.#work = this.#work.then(() => {
      this.#renewed = true;
    });
  }

  /** Resolves when everything given to `paint` is written. */
  done(): Promise<void> {
    return this.#work;
  }

  async #paint(observation: Observation): Promise<void> {
    if (!this.#loaded) {
      this.#kept = await this.#pictures.get(this.#labId);
      this.#loaded = true;
    }
    const next = pictureAfter(this.#kept, observation, this.#renewed);
    const before = this.#kept;
    if (before && samePicture(before, next) && next.takenAtMs - before.takenAtMs < STILL_SO_MS) return;
    await this.#pictures.save(this.#labId, next);
    this.#kept = next;
    this.#renewed = false;
  }
}
