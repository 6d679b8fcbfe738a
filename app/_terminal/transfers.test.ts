import { expect, test } from "vitest";
import { TransferFailed } from "./file-transfer.ts";
import { AT_ONCE, Transfers, type Work } from "./transfers.ts";

/** A transfer that ends when it is told to. */
function work(name: string) {
  const asked: { replace: boolean; signal: AbortSignal }[] = [];
  let end: (cause?: unknown) => void = () => undefined;
  const one: Work = {
    ...{ way: "upload", node: "pve1", name, total: 10 },
    run: (going) => {
      asked.push(going);
      going.onProgress(4, 10);
      return new Promise((resolve, reject) => {
        end = (cause) => (cause === undefined ? resolve() : reject(cause));
        going.signal.addEventListener("abort", () => reject(new Error("Cancelled.")));
      });
    },
  };
  return { one, asked, end: (cause?: unknown) => end(cause) };
}

const states = (transfers: Transfers) => transfers.list.map(({ state }) => state);
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a few go at once, the next when one has ended", async () => {
  const transfers = new Transfers();
  const works = Array.from({ length: AT_ONCE + 1 }, (_, at) => work(`file-${at}`));
  for (const { one } of works) transfers.add(one);
  expect(states(transfers)).toEqual([...Array(AT_ONCE).fill("going"), "waiting"]);
  expect(transfers.list[0]).toMatchObject({ done: 4, total: 10 });
  works[0]?.end();
  await settled();
  expect(states(transfers)).toEqual(["finished", ...Array(AT_ONCE).fill("going")]);
});

test("a file that is there is written over only after the question", async () => {
  const transfers = new Transfers();
  const { one, asked, end } = work("notes");
  const id = transfers.add(one);
  end(new TransferFailed({ id: "file-exists", values: { path: "notes" } }));
  await settled();
  expect(states(transfers)).toEqual(["exists"]);
  expect(asked.map(({ replace }) => replace)).toEqual([false]);
  transfers.replace(id);
  expect(asked.map(({ replace }) => replace)).toEqual([false, true]);
  end();
  await settled();
  expect(states(transfers)).toEqual(["finished"]);
});

test("a failure says why; cancelling stops the request and frees its place", async () => {
  const transfers = new Transfers();
  const failing = work("one");
  transfers.add(failing.one);
  failing.end(new Error("The disk of the node is full."));
  await settled();
  expect(transfers.list[0]).toMatchObject({
    state: "failed",
    why: { id: "transfer.failed-because", values: { detail: "The disk of the node is full." } },
  });
  const going = work("two");
  const id = transfers.add(going.one);
  transfers.remove(id);
  await settled();
  expect(going.asked[0]?.signal.aborted).toBe(true);
  expect(transfers.list).toHaveLength(1);
});
