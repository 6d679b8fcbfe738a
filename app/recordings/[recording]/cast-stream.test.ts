import { expect, test } from "vitest";
import { castEvents, sizeOf } from "./cast-stream.ts";

function body(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function all(stream: ReadableStream<Uint8Array>) {
  const events = [];
  for await (const event of castEvents(stream)) events.push(event);
  return events;
}

test("events come whole wherever the pieces are cut, also inside a letter", async () => {
  const text = '{"version":2,"width":80,"height":24}\n[0.5,"o","héllo 🦊\\r\\n"]\n[1,"r","100x30"]\n[2.25,"o","end"]\n';
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
  const expected = [
    { atMs: 500, kind: "o", data: "héllo 🦊\r\n" },
    { atMs: 1000, kind: "r", data: "100x30" },
    { atMs: 2250, kind: "o", data: "end" },
  ];
  expect(await all(body(bytes))).toEqual(expected);
  expect(await all(body(...pieces))).toEqual(expected);
});

test("a last line without its end is read, and one cut in the middle is a failure", async () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  expect(await all(body(encode('{}\n[1,"o","x"]')))).toEqual([{ atMs: 1000, kind: "o", data: "x" }]);
  await expect(all(body(encode('{}\n[1,"o","x')))).rejects.toThrow();
});

test("an event's time is the whole milliseconds that were written", async () => {
  // 8.214 * 1000 is 8213.999999999998, and 1.001 * 1000 is 1000.9999999999999.
  const text = '{}\n[1.001,"o","a"]\n[8.214,"o","b"]\n[2.007,"o","c"]\n';
  const times = (await all(body(new TextEncoder().encode(text)))).map(({ atMs }) => atMs);
  expect(times).toEqual([1001, 8214, 2007]);
});

test("sizes that are none are left out", () => {
  expect(sizeOf("80x24")).toEqual({ columns: 80, rows: 24 });
  for (const wrong of ["", "80", "80x", "9999x24", "80x24x1"]) expect(sizeOf(wrong)).toBeUndefined();
});
