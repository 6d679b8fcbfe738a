/**
 * An asciicast v2 as it arrives: its header, then its events one by one, never more of it in memory than a piece.
 *
 * @source docs.asciinema.org, asciicast v2
 */
export interface CastEvent {
  atMs: number;
  /** `o` text for the screen, `r` its new size as `80x24`; others are for other players. */
  kind: string;
  data: string;
}

/** @throws Error with a sentence when it is no recording */
export async function* castEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<CastEvent> {
  for await (const line of linesOf(body)) {
    if (!line.startsWith("[")) continue;
    const event: unknown = JSON.parse(line);
    if (!Array.isArray(event) || typeof event[0] !== "number") continue;
    // Milliseconds were written: 1.001 s times 1,000 is a little less or more, and an event after the end never shows.
    yield { atMs: Math.round(event[0] * 1000), kind: String(event[1]), data: String(event[2] ?? "") };
  }
}

/** `80x24` as numbers; undefined for anything that is no size. */
export function sizeOf(data: string): { columns: number; rows: number } | undefined {
  const [, columns, rows] = /^(\d{1,3})x(\d{1,3})$/.exec(data) ?? [];
  return columns && rows ? { columns: Number(columns), rows: Number(rows) } : undefined;
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (done) break;
    }
    if (rest !== "") yield rest;
  } finally {
    // Whoever seeks has no use for what follows.
    await reader.cancel().catch(() => undefined);
  }
}
