import { describe, expect, it } from "vitest";
import { edited, openEditor, TEXT } from "./testing/open-editor.ts";

describe("nano", () => {
  it("shows the file between its title and its help", async () => {
    const editor = openEditor("nano f");
    await editor.shows("[ Read 3 lines ]");
    const rows = editor.rows();
    expect(rows[0]).toMatch(/^ {2}GNU nano 7\.2 +f *$/);
    expect(rows.slice(1, 5)).toEqual(["one two three", "second line", "third", ""]);
    expect(rows[22]).toMatch(/^\^G Help +\^O Write Out +\^W Where Is +\^K Cut/);
    expect(rows[23]).toMatch(/^\^X Exit/);
    expect(editor.cursor()).toEqual([1, 0]);
    await editor.type("new \x1b[B");
    await editor.shows("Modified");
    expect(editor.rows()[1]).toBe("new one two three");
    await editor.type("\x18");
    await editor.shows("Save modified buffer?");
    await editor.type("n");
    expect(await editor.ended).toBe(0);
    expect(await editor.file()).toBe(TEXT);
  });

  it.each([
    ["types and writes out", "hello \x0f\r\x18", `hello ${TEXT}`],
    ["asks at exit and writes", "x\x18y\r", `x${TEXT}`],
    ["cuts lines together and pastes them", "\x0b\x0b\x15\x15\x18y\r", `one two three\nsecond line\n${TEXT}`],
    ["finds and types there", "\x17line\rnice \x18y\r", "one two three\nsecond nice line\nthird\n"],
    ["replaces every instance", "\x1ce\r3\ra\x18y\r", "on3 two thr33\ns3cond lin3\nthird\n"],
    ["replaces those that are agreed to", "\x1ce\rE\rnyya\x18y\r", "one two thrEE\nsEcond linE\nthird\n"],
    ["goes to a line and erases", "\x1f2\r\x1b[3~\x1b[3~S\x18y\r", "one two three\nScond line\nthird\n"],
    ["takes a change back", "abc\x1bu\x18y\r", TEXT],
    ["joins lines at the beginning of one", "\x1b[B\x7f\x18y\r", "one two threesecond line\nthird\n"],
  ])("%s", async (_title, keys, expected) => {
    expect(await edited("nano f", keys)).toBe(expected);
  });

  it("writes a new file under the name that is typed", async () => {
    expect(await edited("nano", "fresh\r\x0f/root/new\r\x18", "/root/new")).toBe("fresh\n\n");
  });

  it("says why a file cannot be written and keeps the text", async () => {
    const editor = openEditor("nano /nowhere/f");
    await editor.type("x\x0f\r");
    await editor.shows("[ Error writing /nowhere/f: No such file or directory ]");
    await editor.type("\x18n");
    expect(await editor.ended).toBe(0);
  });
});
