import { describe, expect, it } from "vitest";
import { Terminal } from "./terminal.ts";

function open() {
  let shown = "";
  const signals: string[] = [];
  const terminal = new Terminal({
    columns: 80,
    rows: 24,
    term: "xterm",
    send: async (bytes) => {
      shown += Buffer.from(bytes).toString("utf8");
    },
  });
  terminal.onKeySignal = (name) => signals.push(name);
  const type = (text: string) => terminal.input(Buffer.from(text));
  const read = async () => {
    const bytes = await terminal.read(new AbortController().signal);
    return bytes && Buffer.from(bytes).toString("utf8");
  };
  return { terminal, signals, type, read, shown: () => shown };
}

describe("the terminal's line discipline", () => {
  it("hands over whole lines and echoes what is typed", async () => {
    const { type, read, shown } = open();
    type("ab");
    type("c\r");
    expect(await read()).toBe("abc\n");
    expect(shown()).toBe("abc\r\n");
  });

  it("erases characters, words and lines, a character of UTF-8 as a whole", async () => {
    const { type, read } = open();
    type("xy\x7f\r");
    type("one two  \x17three\r");
    type("gone\x15kept\r");
    type("aé\x7fb\r");
    expect([await read(), await read(), await read(), await read()]).toEqual(["x\n", "one three\n", "kept\n", "ab\n"]);
  });

  it("turns ^C, ^Z and ^\\ into signals and forgets the line", async () => {
    const { type, read, shown, signals } = open();
    type("half\x03");
    type("\x1a\x1c");
    type("next\r");
    expect(signals).toEqual(["SIGINT", "SIGTSTP", "SIGQUIT"]);
    expect(await read()).toBe("next\n");
    expect(shown()).toContain("half^C^Z^\\next");
  });

  it("ends input at ^D on an empty line and hands over the rest of one that is not", async () => {
    const { type, read } = open();
    type("part\x04");
    type("\x04");
    expect(await read()).toBe("part");
    expect(await read()).toBeUndefined();
  });

  it("shows nothing of a password", async () => {
    const { terminal, type, read, shown } = open();
    terminal.setMode("no-echo");
    type("secret\r");
    expect(await read()).toBe("secret\n");
    expect(shown()).toBe("");
  });

  it("gives every key as it comes in raw mode, signals included", async () => {
    const { terminal, type, read, signals } = open();
    terminal.setMode("raw");
    type("a\x03");
    expect(await read()).toBe("a\x03");
    expect(signals).toEqual([]);
  });

  it("keeps what was typed ahead when the mode changes", async () => {
    const { terminal, type, read } = open();
    type("line\rhalf");
    terminal.setMode("raw");
    expect(await read()).toBe("line\nhalf");
    type("cooked\r");
    terminal.setMode("cooked");
    expect(await read()).toBe("cooked\n");
  });

  it("gives the lines behind a pasted command to it unseen, and the rest back to whoever takes the keys again", async () => {
    const { terminal, type, read, shown } = open();
    terminal.setMode("raw");
    type("later\r");
    terminal.giveBack(Buffer.from("bob\rhello\r\x04half"));
    terminal.setMode("cooked");
    expect([await read(), await read(), await read()]).toEqual(["bob\n", "hello\n", undefined]);
    expect(shown()).toBe("");
    terminal.setMode("raw");
    expect([await read(), await read()]).toEqual(["half", "later\r"]);
  });

  it("writes newlines as carriage return and newline", async () => {
    const { terminal, shown } = open();
    await terminal.write("a\nb\n");
    expect(shown()).toBe("a\r\nb\r\n");
  });

  it("waits while the client is behind, and stops waiting when a signal comes", async () => {
    const stop = new AbortController();
    const terminal = new Terminal({ columns: 80, rows: 24, term: "xterm", send: () => new Promise(() => {}) });
    const writing = terminal.write("x", stop.signal);
    stop.abort(new Error("SIGINT"));
    await expect(writing).rejects.toThrow("SIGINT");
  });
});
