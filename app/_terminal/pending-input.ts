/**
 * What was typed and is not known to have arrived: in order, numbered, each piece sent until it is accepted.
 */
import { INPUT_CHARACTERS_MAX } from "../../gateway/protocol.ts";

/** On the way at once: a keystroke never waits, a paste is paced by the node. */
const IN_FLIGHT_CHARACTERS_MAX = 64 * 1024;
/** Typed or pasted while nothing can be delivered. */
export const PENDING_CHARACTERS_MAX = 4 * 1024 * 1024;

interface Piece {
  seq: number;
  data: string | Uint8Array;
  sent: boolean;
}

export class PendingInput {
  #pieces: Piece[] = [];
  #lastSeq = 0;
  #waiting = 0;
  #inFlight = 0;

  /** Characters not known to have arrived. */
  get waiting(): number {
    return this.#waiting;
  }

  /** False when too much is waiting: nothing was taken. */
  add(data: string | Uint8Array): boolean {
    if (this.#waiting + data.length > PENDING_CHARACTERS_MAX) return false;
    if (typeof data !== "string") this.#push(data);
    else for (const part of parts(data)) this.#pushText(part);
    this.#waiting += data.length;
    return true;
  }

  /** The next pieces to send; they count as on their way. */
  take(): { seq: number; data: string | Uint8Array }[] {
    const taken: Piece[] = [];
    for (const piece of this.#pieces) {
      if (piece.sent) continue;
      if (this.#inFlight > 0 && this.#inFlight + piece.data.length > IN_FLIGHT_CHARACTERS_MAX) break;
      piece.sent = true;
      this.#inFlight += piece.data.length;
      taken.push(piece);
    }
    return taken;
  }

  /** Everything up to `seq` has arrived. */
  accepted(seq: number): void {
    while (this.#pieces[0] && this.#pieces[0].seq <= seq) {
      const piece = this.#pieces.shift() as Piece;
      this.#waiting -= piece.data.length;
      if (piece.sent) this.#inFlight -= piece.data.length;
    }
  }

  /** The connection is new, the writer as before: what was not accepted is sent again. */
  resume(acceptedSeq: number): void {
    this.accepted(acceptedSeq);
    for (const piece of this.#pieces) piece.sent = false;
    this.#inFlight = 0;
    this.#lastSeq = Math.max(this.#lastSeq, acceptedSeq);
  }

  /** The gateway does not know this writer any more: what was never sent is numbered anew, the rest may have arrived. */
  startAnew(): void {
    const unsent = this.#pieces.filter((piece) => !piece.sent);
    this.clear();
    for (const piece of unsent) {
      this.#push(piece.data);
      this.#waiting += piece.data.length;
    }
  }

  clear(): void {
    this.#pieces = [];
    this.#lastSeq = 0;
    this.#waiting = 0;
    this.#inFlight = 0;
  }

  /** Single keys typed while offline share a piece. */
  #pushText(text: string): void {
    const last = this.#pieces.at(-1);
    if (last && !last.sent && typeof last.data === "string" && last.data.length + text.length <= INPUT_CHARACTERS_MAX) {
      last.data += text;
    } else this.#push(text);
  }

  #push(data: string | Uint8Array): void {
    this.#lastSeq += 1;
    this.#pieces.push({ seq: this.#lastSeq, data, sent: false });
  }
}

/** Cut to what one message may hold, never between the halves of a surrogate pair. */
function* parts(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + INPUT_CHARACTERS_MAX, text.length);
    const before = text.charCodeAt(end - 1);
    if (end < text.length && before >= 0xd800 && before <= 0xdbff) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}
