/** The database's table of recordings, held in memory, for one class that everybody is in. */
import type { Recording, RecordingQueries, RecordingRule } from "../../database/recordings.ts";

export class TestRecordings implements RecordingQueries {
  /** Undefined: the lab is in no class. */
  rules: Omit<RecordingRule, "off"> | undefined;
  rows: Recording[] = [];
  /** Ids whose time is over. */
  over: string[] = [];
  readonly #off = new Set<string>();

  async rule(_labId: string, personId: string) {
    return this.rules && { ...this.rules, off: this.#off.has(personId) };
  }
  async setOff(_classId: string, personId: string, off: boolean) {
    if (off) this.#off.add(personId);
    else this.#off.delete(personId);
  }
  async ofClass() {
    return this.rules;
  }
  async setClass() {
    return false;
  }
  async begin(recording: Parameters<RecordingQueries["begin"]>[0]) {
    this.rows.push({ ...recording, startedAt: new Date(), endedAt: null, durationMs: null, bytes: null });
  }
  async end(id: string, facts: { durationMs: number; bytes: number }) {
    const row = await this.find(id);
    if (row) Object.assign(row, facts, { endedAt: new Date() });
  }
  async find(id: string) {
    return this.rows.find((row) => row.id === id);
  }
  async list(of: { labId: string; personId?: string } | { classId: string }) {
    const wanted = this.rows.filter((row) =>
      "classId" in of ? row.classId === of.classId : row.labId === of.labId && row.personId === of.personId,
    );
    return wanted.map((row) => ({ ...row, name: row.personId }));
  }
  async unfinished(gateway: string) {
    return this.rows.filter((row) => row.gateway === gateway && row.endedAt === null);
  }
  async remove(id: string) {
    this.rows = this.rows.filter((row) => row.id !== id);
  }
  async expired() {
    return this.over;
  }
  async existing(ids: string[]) {
    return new Set(ids.filter((id) => this.rows.some((row) => row.id === id)));
  }
}
