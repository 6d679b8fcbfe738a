/**
 * Whether a terminal is recorded, where the file lies, and when it goes.
 *
 * Never in self-paced mode and outside of classes. A recording that the gateway's end cut short goes on with the next shell
 * at the same place, within a day.
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Recording, RecordingQueries } from "../../database/recordings.ts";
import type { RecordingState } from "../protocol.ts";
import type { SessionRecording, TerminalSession } from "../terminals/terminal-session.ts";
import type { TerminalRecord } from "../terminals/terminals.ts";
import { newId } from "../terminals/writers.ts";
import { factsOf } from "./cast-file.ts";
import type { RecordingEnd } from "./recorder.ts";

/** After that nobody comes back to the shell's place, and the recording is over. */
const RESUMED_WITHIN_MS = 24 * 60 * 60 * 1000;
const SWEEP_MS = 10 * 60 * 1000;
const SUFFIX = ".cast.gz";

export interface RecordingsOptions {
  /** Undefined: nothing is ever recorded. */
  folder: string | undefined;
  /** Of this gateway, over restarts. */
  gateway: string;
  queries: RecordingQueries;
  onFailure: (what: string, cause: unknown) => void;
}

export class Recordings {
  readonly #options: RecordingsOptions;
  /** Cut short by the end of the gateway's last run, by place. */
  readonly #unfinished = new Map<string, Recording>();
  readonly #going = new Set<string>();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { folder, queries, gateway } = this.#options;
    if (folder === undefined) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const one of await queries.unfinished(gateway)) {
      const place = placeOf(one);
      const known = this.#unfinished.get(place);
      if (known && known.startedAt > one.startedAt) await this.#close(one);
      else {
        if (known) await this.#close(known);
        this.#unfinished.set(place, one);
      }
    }
    await this.sweep();
    this.#sweeper = setInterval(() => void this.sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  stop(): void {
    clearInterval(this.#sweeper);
  }

  async state(labId: string, personId: string): Promise<RecordingState> {
    const rule = this.#options.folder === undefined ? undefined : await this.#options.queries.rule(labId, personId);
    if (!rule) return { on: false, off: false, keptDays: 0 };
    return { className: rule.className, on: rule.on, off: rule.off, keptDays: rule.keptDays };
  }

  /** @param sessions of this person, which begin or end to record at once */
  async setOff(labId: string, personId: string, off: boolean, sessions: Iterable<TerminalSession>): Promise<void> {
    const { queries } = this.#options;
    const rule = await queries.rule(labId, personId);
    if (!rule) return;
    await queries.setOff(rule.classId, personId, off);
    for (const session of sessions) await (off ? session.endRecording() : session.record());
  }

  /** @param sessions of this person: those on labs of the class are not recorded any more */
  async decline(classId: string, personId: string, sessions: Iterable<TerminalSession>): Promise<void> {
    const { queries } = this.#options;
    await queries.setOff(classId, personId, true);
    for (const session of sessions) {
      const rule = await queries.rule(session.options.labId, personId);
      if (rule?.classId === classId) await session.endRecording();
    }
  }

  /** Where this terminal's recording goes, if it is to be recorded. */
  async begin(terminal: TerminalRecord): Promise<SessionRecording | undefined> {
    const { folder, queries, gateway } = this.#options;
    if (folder === undefined) return undefined;
    const rule = await queries.rule(terminal.labId, terminal.personId);
    if (!rule?.on || rule.off) return undefined;
    const place = placeOf(terminal);
    const before = this.#unfinished.get(place);
    this.#unfinished.delete(place);
    const { labId, personId, node, slot } = terminal;
    const startedAtMs = before?.startedAt.getTime() ?? Date.now();
    const id = before?.id ?? newId();
    if (!before) await queries.begin({ id, classId: rule.classId, labId, personId, node, slot, gateway });
    this.#going.add(id);
    return {
      id,
      file: this.#file(folder, id),
      startedAtMs,
      ended: (end) => void this.#ended(id, end),
      failed: (reason, detail) => this.#options.onFailure(`recording ${id} stopped (${reason})`, detail),
    };
  }

  /** @throws Error when it cannot be read */
  async read(id: string): Promise<Buffer> {
    const { folder } = this.#options;
    if (folder === undefined) return Buffer.alloc(0);
    return readFile(this.#file(folder, id));
  }

  async remove(id: string): Promise<void> {
    const { folder, queries } = this.#options;
    await queries.remove(id);
    if (folder !== undefined) await rm(this.#file(folder, id), { force: true });
  }

  /** Removes what has had its time, and files whose person is gone. */
  async sweep(nowMs = Date.now()): Promise<void> {
    const { folder, queries, onFailure } = this.#options;
    if (folder === undefined) return;
    try {
      for (const [place, one] of this.#unfinished) {
        if (nowMs - one.startedAt.getTime() < RESUMED_WITHIN_MS) continue;
        this.#unfinished.delete(place);
        await this.#close(one);
      }
      for (const id of await queries.expired(nowMs)) await this.remove(id);
      const ids = (await readdir(folder)).flatMap((name) =>
        name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : [],
      );
      const existing = await queries.existing(ids);
      for (const id of ids) {
        if (!existing.has(id) && !this.#going.has(id)) await rm(this.#file(folder, id), { force: true });
      }
    } catch (cause) {
      onFailure("old recordings could not be removed", cause);
    }
  }

  /** One that nobody will write on. */
  async #close(one: Recording): Promise<void> {
    try {
      const { durationMs, bytes } = factsOf(await this.read(one.id));
      await this.#options.queries.end(one.id, { durationMs, bytes });
    } catch (cause) {
      // Without its file there is nothing to keep.
      await this.#options.queries.remove(one.id);
      this.#options.onFailure(`recording ${one.id} is lost`, cause);
    }
  }

  async #ended(id: string, end: RecordingEnd | undefined): Promise<void> {
    try {
      const { durationMs, bytes } = end ?? factsOf(await this.read(id));
      await this.#options.queries.end(id, { durationMs, bytes });
    } catch (cause) {
      this.#options.onFailure(`the end of recording ${id} could not be written down`, cause);
    } finally {
      this.#going.delete(id);
    }
  }

  #file(folder: string, id: string): string {
    return join(folder, `${id}${SUFFIX}`);
  }
}

function placeOf({ personId, labId, node, slot }: Pick<Recording, "personId" | "labId" | "node" | "slot">): string {
  return JSON.stringify([personId, labId, node, slot]);
}
