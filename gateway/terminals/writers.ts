/**
 * Who has typed how far: input is passed on once and in order, however often the connection drops.
 */
import { randomBytes } from "node:crypto";

/** Pages remembered for one terminal. A page that comes back after so many others starts anew, without what it had pending. */
const WRITERS_MAX = 64;

export type InputVerdict = "next" | "repeated" | "gap";

export class Writers {
  /** In order of last use. */
  readonly #accepted = new Map<string, number>();

  /** The writer as it was, or a new one. */
  admit(writer: string | undefined): { writer: string; acceptedSeq: number } {
    const known = writer === undefined ? undefined : this.#accepted.get(writer);
    const name = known === undefined || writer === undefined ? newId() : writer;
    this.#accepted.delete(name);
    this.#accepted.set(name, known ?? 0);
    for (const oldest of this.#accepted.keys()) {
      if (this.#accepted.size <= WRITERS_MAX) break;
      this.#accepted.delete(oldest);
    }
    return { writer: name, acceptedSeq: known ?? 0 };
  }

  /** Take note of input `seq`; only `next` is to be passed on. */
  accept(writer: string, seq: number): InputVerdict {
    const accepted = this.#accepted.get(writer);
    if (accepted === undefined || seq > accepted + 1) return "gap";
    if (seq <= accepted) return "repeated";
    this.#accepted.set(writer, seq);
    return "next";
  }

  /** 0 for a stranger. */
  acceptedSeq(writer: string): number {
    return this.#accepted.get(writer) ?? 0;
  }
}

/** 96 random bits: sessions and writers cannot be guessed, though every use is checked as well. */
export function newId(): string {
  return randomBytes(12).toString("base64url");
}
