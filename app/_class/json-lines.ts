/** Answers that tell how far something is: a line of JSON at a time, written by a handler and read by a page. */

/**
 * Do something long and send what it tells. It goes on when the reader goes away.
 *
 * @param act a failure of it cuts the answer off, so that half of it is not taken for all
 */
export function jsonLines<Line extends object>(act: (tell: (line: Line) => void) => Promise<void>): Response {
  const encoder = new TextEncoder();
  let open = true;
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      try {
        await act((line) => {
          if (open) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
        });
        if (open) controller.close();
      } catch (cause) {
        if (open) controller.error(cause);
      }
    },
    cancel() {
      open = false;
    },
  });
  // Compressed, lines would wait for one another.
  return new Response(stream, {
    headers: { "content-type": "application/x-ndjson", "cache-control": "no-store, no-transform" },
  });
}

/** Ask for such an answer and hear each line. @throws Error with a sentence for the reader */
export async function askForLines<Line extends object>(
  path: string,
  body: unknown,
  told: (line: Line) => void,
): Promise<void> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The server cannot be reached. Nothing was done; try it again.");
  }
  if (!response.ok || !response.body) {
    const { message } = (await response.json().catch(() => ({}))) as { message?: string };
    throw new Error(message ?? `The server answered ${response.status}. Try it again.`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) told(JSON.parse(line) as Line);
  }
}
