import { describe, expect, it } from "vitest";
import { createMemoryFiles } from "../../../shell/memory-files.ts";
import { FileError } from "../../../shell/node-files.ts";
import { openScreen } from "../../../shell/testing/open-screen.ts";
import { openShell } from "../../../shell/testing/open-shell.ts";
import { START_FILES } from "../../../shell/testing/run-shell.ts";
import { edited, openEditor, TEXT } from "../testing/open-editor.ts";

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
    await editor.shows("f *");
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
    [
      "types blanks for a tab when that is switched on, and a tab after",
      "a\x1bo\tb\x1bo\t\x0f\r\x18",
      `a       b\t${TEXT}`,
    ],
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

describe("nano's lock file", () => {
  it("is there while a file is edited, is asked about by another nano, and is gone at the end", async () => {
    const files = createMemoryFiles({ ...START_FILES, "/root/f": TEXT });
    const first = openScreen("nano f", files);
    await first.shows("[ Read 3 lines ]");
    expect((await files.readFile("/root/.f.swp")).length).toBe(1024);
    const second = openScreen("nano f", files);
    await second.shows("File f is being edited by root (with nano 7.2, PID ");
    await second.type("y");
    await second.shows("[ Read 3 lines ]");
    await second.type("\x18");
    expect(await second.ended).toBe(0);
    await first.type("\x18");
    expect(await first.ended).toBe(0);
    await expect(files.stat("/root/.f.swp")).rejects.toThrow();
  });

  it("says when it cannot be written, and edits the file all the same", async () => {
    const files = createMemoryFiles({ ...START_FILES, "/root/f": TEXT });
    const { writeFile } = files;
    files.writeFile = (path, ...rest) =>
      path.endsWith(".swp") ? Promise.reject(new FileError("EACCES", path)) : writeFile(path, ...rest);
    const editor = openScreen("nano f", files);
    await editor.shows("[ Error writing lock file .f.swp: Permission denied ]");
    expect(editor.rows()[1]).toBe("one two three");
    await editor.type("\x18");
    expect(await editor.ended).toBe(0);
  });

  it("is gone when the terminal is, and what was typed is in a file beside", async () => {
    const shell = openShell({ files: { "/root/f": TEXT } });
    await shell.type("nano f\r");
    await shell.type("typed ");
    await shell.shows("typed one two");
    shell.hangUp();
    await shell.ended;
    await expect
      .poll(() =>
        shell.files.stat("/root/.f.swp").then(
          () => "there",
          () => "gone",
        ),
      )
      .toBe("gone");
    expect(Buffer.from(await shell.files.readFile("/root/f.save")).toString()).toBe(`typed ${TEXT}`);
  });

  it("suspends with ^T^Z and says so at ^Z", async () => {
    const shell = openShell({ files: { "/root/f": TEXT } });
    await shell.type("nano f\r");
    await shell.type("\x1a");
    await shell.shows("To suspend, type ^T^Z");
    await shell.type("\x14\x1a");
    await shell.shows("Stopped");
    await shell.type("fg\r");
    await shell.type("\x18");
    await shell.type("echo over\r");
    await shell.shows("over\n");
  });
});
