import { describe, expect, it } from "vitest";
import { noActivity } from "./activity.ts";
import { type NodeProcess, ProcessTable } from "./node-process.ts";
import { openPipe } from "./open-file.ts";
import { Terminated } from "./process.ts";

function spawn(): NodeProcess {
  return new ProcessTable().spawn({ command: "test", startedAtMs: 0 })!;
}

describe("a pipe", () => {
  it("makes its writer wait when 64 KiB are in it", async () => {
    const [writer, reader] = [spawn(), spawn()];
    const pipe = openPipe(noActivity);
    let written = false;
    const writing = pipe.writer.write(new Uint8Array(100_000), writer).then(() => {
      written = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBe(false);
    let size = 0;
    while (size < 100_000) size += (await pipe.reader.read(reader))!.length;
    await writing;
    expect(written).toBe(true);
  });

  it("ends its reader when the last writer lets go, not before", async () => {
    const reader = spawn();
    const pipe = openPipe(noActivity);
    pipe.writer.retain();
    pipe.writer.release();
    let ended = false;
    const reading = pipe.reader.read(reader).then((bytes) => {
      ended = bytes === undefined;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    pipe.writer.release();
    await reading;
    expect(ended).toBe(true);
  });

  it("kills who writes where nobody reads with SIGPIPE", async () => {
    const writer = spawn();
    const pipe = openPipe(noActivity);
    pipe.reader.release();
    await expect(pipe.writer.write(Buffer.from("x"), writer)).rejects.toThrow("SIGPIPE");
    expect(writer.endedBy).toBe("SIGPIPE");
  });

  it("gives back what was read too much to the next reader", async () => {
    const process = spawn();
    const pipe = openPipe(noActivity);
    await pipe.writer.write(Buffer.from("ab"), process);
    const bytes = (await pipe.reader.read(process))!;
    pipe.reader.unread(bytes.subarray(1));
    expect(Buffer.from((await pipe.reader.read(process))!).toString()).toBe("b");
  });
});

describe("a process", () => {
  it("wakes from every wait with the signal that ends it", async () => {
    const process = spawn();
    const reading = openPipe(noActivity).reader.read(process);
    process.deliver("SIGTERM");
    await expect(reading).rejects.toBeInstanceOf(Terminated);
  });

  it("goes on when a listener takes the signal, but not at SIGKILL", () => {
    const process = spawn();
    let heard = 0;
    process.onSignal("SIGINT", () => heard++);
    process.deliver("SIGINT");
    expect([heard, process.signal.aborted]).toEqual([1, false]);
    process.deliver("SIGKILL");
    expect(process.signal.aborted).toBe(true);
  });

  it("stands still between SIGSTOP and SIGCONT", async () => {
    const process = spawn();
    process.deliver("SIGSTOP");
    let went = false;
    const going = process.proceed().then(() => {
      went = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(went).toBe(false);
    process.deliver("SIGCONT");
    await going;
    expect(went).toBe(true);
  });
});
