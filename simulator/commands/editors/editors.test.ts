import xterm from "@xterm/headless";
import { describe, expect, it, vi as test } from "vitest";
import { createMemoryFiles } from "../../shell/memory-files.ts";
import type { NodeFiles } from "../../shell/node-files.ts";
import { createShellSession } from "../../shell/session.ts";
import { Terminal } from "../../shell/terminal.ts";
import { createFakeLab } from "../../shell/testing/fake-lab.ts";
import { START_FILES } from "../../shell/testing/run-shell.ts";
import { allCommands } from "../commands.ts";

const TEXT = "one two three\nsecond line\nthird\n";

/** A command at a terminal whose screen can be looked at. */
function openEditor(commandLine: string, files: NodeFiles = createMemoryFiles({ ...START_FILES, "/root/f": TEXT })) {
  const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  const lab = createFakeLab();
  const terminal = new Terminal({
    columns: 80,
    rows: 24,
    term: "xterm-256color",
    send: (bytes) => new Promise((resolve) => screen.write(bytes, resolve)),
  });
  const session = createShellSession({
    node: "pve1",
    port: lab.port,
    files,
    commands: allCommands,
    activity: lab.activity,
    terminal,
  });
  const ended = session.runCommand(commandLine);
  const rows = () =>
    Array.from({ length: 24 }, (_, at) => screen.buffer.active.getLine(at)?.translateToString(true) ?? "");
  return {
    lab,
    ended,
    rows,
    cursor: () => [screen.buffer.active.cursorY, screen.buffer.active.cursorX],
    async type(keys: string) {
      await test.waitUntil(() => screen.buffer.active.type === "alternate");
      terminal.input(Buffer.from(keys));
    },
    shows: (text: string) => test.waitFor(() => expect(rows().join("\n")).toContain(text), { timeout: 4_000 }),
    async file(path = "/root/f") {
      return Buffer.from(await files.readFile(path)).toString();
    },
    alternate: () => screen.buffer.active.type === "alternate",
  };
}

/** Open, type, and what the file holds when the editor has ended. */
async function edited(commandLine: string, keys: string, path?: string): Promise<string> {
  const editor = openEditor(commandLine);
  await editor.type(keys);
  expect(await editor.ended).toBe(0);
  expect(editor.alternate()).toBe(false);
  return editor.file(path);
}

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

describe("vi", () => {
  it("shows the file, tildes below it, its size and its mode", async () => {
    const editor = openEditor("vi f");
    await editor.shows('"f" 3L, 32B');
    expect(editor.rows().slice(0, 5)).toEqual(["one two three", "second line", "third", "~", "~"]);
    await editor.type("jA!");
    await editor.shows("-- INSERT --");
    expect(editor.rows()[1]).toBe("second line!");
    expect(editor.cursor()).toEqual([1, 12]);
    await editor.type("\x1b");
    await test.waitFor(() => expect(editor.cursor()).toEqual([1, 11]));
    await editor.type(":q\r");
    await editor.shows("E37: No write since last change (add ! to override)");
    await editor.type(":q!\r");
    expect(await editor.ended).toBe(0);
    expect(await editor.file()).toBe(TEXT);
  });

  it.each([
    ["inserts", "iX\x1b:wq\r", `X${TEXT}`],
    ["appends and opens lines", "aX\x1bonew\x1bkOabove\x1b:wq\r", "above\noXne two three\nnew\nsecond line\nthird\n"],
    ["searches by expressions", "/^t.*d$\rx/e\\+c\\|o[n]\rx:wq\r", "ne two three\nsecond line\nhird\n"],
    ["searches for capitals and small letters alike", "/LINE\\c\rx:wq\r", "one two three\nsecond ine\nthird\n"],
    ["deletes the lines that match, or those that do not", ":g/second/d\r:v/^o/d\r:wq\r", "one two three\n"],
    ["deletes and puts lines", "ddp:wq\r", "second line\none two three\nthird\n"],
    ["yanks with a count and puts", "2yyGp:x\r", `${TEXT}one two three\nsecond line\n`],
    ["deletes characters with a count", "3x:wq\r", " two three\nsecond line\nthird\n"],
    ["deletes words", "wdwZZ", "one three\nsecond line\nthird\n"],
    ["changes a word", "wcwTWO\x1bZZ", "one TWO three\nsecond line\nthird\n"],
    ["deletes to the end and joins", "wDJZZ", "one second line\nthird\n"],
    ["takes changes back and does them again", "ddddu\x12u:wq\r", "second line\nthird\n"],
    ["searches and repeats", "/i\rnxZZ", "one two three\nsecond line\nthrd\n"],
    ["repeats the last change", "xj.ZZ", "ne two three\necond line\nthird\n"],
    ["substitutes everywhere", ":%s/e/E/g\r:wq\r", "onE two thrEE\nsEcond linE\nthird\n"],
    ["moves by lines and columns", "Gk$iX\x1bZZ", "one two three\nsecond linXe\nthird\n"],
    ["deletes to a character", "dttZZ", "two three\nsecond line\nthird\n"],
    ["changes inside a word", "wciwTWO\x1bZZ", "one TWO three\nsecond line\nthird\n"],
    ["takes a word with its blanks", "wdawZZ", "one three\nsecond line\nthird\n"],
    ["deletes what is selected", "wvedZZ", "one  three\nsecond line\nthird\n"],
    ["deletes selected lines and puts them", "VjdpZZ", "third\none two three\nsecond line\n"],
    ["changes what is selected", "vlcX\x1bZZ", "Xe two three\nsecond line\nthird\n"],
    ["shifts selected lines", "Vj>ZZ", "\tone two three\n\tsecond line\nthird\n"],
    ["shifts lines and back", ">>..j<<kuZZ", "\t\t\tone two three\nsecond line\nthird\n"],
    ["does a change of a selection again", "vlxj.ZZ", "e two three\ncond line\nthird\n"],
    ["keeps registers apart", '"ayyj"byyG"ap"bpZZ', `${TEXT}one two three\nsecond line\n`],
    ["adds to a register", '"ayw"Aywj0"apZZ', "one two three\nsone one econd line\nthird\n"],
    ["keeps what was yanked behind a deletion", 'ywdd"0PZZ', "one second line\nthird\n"],
    ["goes to marks", "majjd'aZZ", ""],
    ["runs a macro with a count", "qaA!\x1bjq2@aZZ", "one two three!\nsecond line!\nthird!\n"],
    ["turns capitals and small letters", "gUiwwg~wjguu~ZZ", "ONE TWO three\nsecoNd line\nthird\n"],
    ["counts up and down", "A 9\x1b\x0152\x18ZZ", "one two three -42\nsecond line\nthird\n"],
    ["inserts with a count", "3iab\x1bZZ", `ababab${TEXT}`],
    ["repeats a change with what was typed", "cwX\x1bj0.ZZ", "X two three\nX line\nthird\n"],
    [
      "searches the word under the cursor",
      "wyiwjA two\x1bk0w*D ZZ".replace(" ZZ", "ZZ"),
      "one two three\nsecond line \nthird\n",
    ],
    ["asks at each place", ":%s/e/E/gc\rynyaZZ", "onE two threE\nsEcond linE\nthird\n"],
    ["asks until the last", ":%s/e/E/c\rnlZZ", "one two three\nsEcond line\nthird\n"],
    ["substitutes in a range by marks", "Vj:s/^/# /\rZZ", "# one two three\n# second line\nthird\n"],
    [
      "substitutes with groups and lines",
      ":1s/\\(one\\) \\(two\\)/\\2-\\1\\r/\rZZ",
      "two-one\n three\nsecond line\nthird\n",
    ],
    ["takes relative and sought ranges", ":.,+1d\r:$put\r:/one/m0\rZZ", "one two three\nthird\nsecond line\n"],
    ["copies and joins by commands", ":1t.\r:2,3j\rZZ", "one two three\none two three second line\nthird\n"],
    ["does a command at each line found", ":g/i/s/$/!/\r:v/!/normal x\rZZ", "ne two three\nsecond line!\nthird!\n"],
    ["filters by a command", ":%!sort -r\rZZ", "third\nsecond line\none two three\n"],
    ["reads a command's output", ":r !echo new\rZZ", "one two three\nnew\nsecond line\nthird\n"],
    ["puts characters over a selection", "vlr-ZZ", "--e two three\nsecond line\nthird\n"],
    [
      "goes to the other end of a selection",
      "wveokdZZ".replace("k", "h"),
      "onethree\nsecond line\nthird\n".replace("onethree", "one three"),
    ],
    ["undoes a whole insertion and a substitution", "Oa\rb\x1b:%s/o/0/\ruuZZ", TEXT],
  ])("%s", async (_title, keys, expected) => {
    expect(await edited("vi f", keys)).toBe(expected);
  });

  it.each([
    ['di"', 'f = "a b" + (x, [y, z]) {}\n', '4wdi"ZZ', 'f = "" + (x, [y, z]) {}\n'],
    ['ci" in front of the quotes', 'f "old" g\n', 'ci"new\x1bZZ', 'f "new" g\n'],
    ["da(", "f(a, (b), c) + 1\n", "fbda(ZZ", "f(a, , c) + 1\n"],
    ["ci{ of lines", "a {\n  b\n  c\n}\n", "jci{x\x1bZZ", "a {\nx\n}\n"],
    ["yi[ and %", "x[1, 2] y\n", "f1yi[$pZZ", "x[1, 2] y1, 2\n"],
    ["dap", "a\nb\n\nc\n", "dapZZ", "c\n"],
    ["d%", "(a(b)c)d\n", "d%ZZ", "d\n"],
    ["dt, and ;", "a,b,c\n", "f,;xZZ", "a,bc\n"],
  ])("%s", async (_title, text, keys, expected) => {
    const editor = openEditor("vi f", createMemoryFiles({ ...START_FILES, "/root/f": text }));
    await editor.type(keys);
    expect(await editor.ended).toBe(0);
    expect(await editor.file()).toBe(expected);
  });

  it("says what it selects, records and asks", async () => {
    const editor = openEditor("vi f");
    await editor.type("Vj");
    await editor.shows("-- VISUAL LINE --");
    await editor.type("\x1bqa");
    await editor.shows("recording @a");
    await editor.type("q:%s/e/E/gc\r");
    await editor.shows("replace with E (y/n/a/q/l/^E/^Y)?");
    await editor.type("q:w other\r");
    await editor.shows('"other" [New] 3L, 32B written');
    await editor.type(":w f2\r:w! f2\r:r !seq 3\ryy:reg\r");
    await editor.shows("Press ENTER or type command to continue");
    await editor.type("\r:q!\r");
    expect(await editor.ended).toBe(0);
  });

  it("writes a new file", async () => {
    expect(await edited("vi new", "ihello\rthere\x1b:wq\r", "/root/new")).toBe("hello\nthere\n");
  });

  it("tells an unknown command", async () => {
    const editor = openEditor("vi f");
    await editor.type(":nonsense\r");
    await editor.shows("E492: Not an editor command: nonsense");
    await editor.type(":q\r");
    expect(await editor.ended).toBe(0);
  });
});

describe("less", () => {
  const lines = Array.from({ length: 60 }, (_, at) => `line ${at + 1}${at === 4 ? ` ${"long ".repeat(20)}` : ""}`);
  const pager = (command: string) =>
    openEditor(command, createMemoryFiles({ ...START_FILES, "/root/f": `${lines.join("\n")}\n` }));
  const status = (editor: ReturnType<typeof pager>, text: string) =>
    test.waitFor(() => expect(editor.rows()[23]).toBe(text), { timeout: 4_000 });
  const top = (editor: ReturnType<typeof pager>, text: string) =>
    test.waitFor(() => expect(editor.rows()[0]).toBe(text), { timeout: 4_000 });

  it("begins with the file's name, goes on by screens and lines, and ends", async () => {
    const editor = pager("less f");
    await editor.type("");
    await status(editor, "f");
    // A long line takes two rows.
    expect(editor.rows()[5]).toMatch(/^g long/);
    await editor.type(" ");
    await top(editor, "line 23");
    await status(editor, ":");
    await editor.type("10j");
    await top(editor, "line 33");
    await editor.type("G");
    await status(editor, "(END)");
    await editor.type("5g");
    await top(editor, lines[4]!.slice(0, 80).trimEnd());
    await editor.type("-S");
    await test.waitFor(() => expect(editor.rows()[1]).toBe("line 6"), { timeout: 4_000 });
    await editor.type("q");
    expect(await editor.ended).toBe(0);
    expect(editor.alternate()).toBe(false);
  });

  it("searches forward and backward by expressions, and says when there is nothing", async () => {
    const editor = pager("less f");
    await editor.type("/line 3[05]$\r");
    await top(editor, "line 30");
    await editor.type("n");
    await top(editor, "line 35");
    await editor.type("N");
    await top(editor, "line 30");
    await editor.type("?line 2$\r");
    await top(editor, "line 2");
    await editor.type("/nosuch\r");
    await status(editor, "Pattern not found  (press RETURN)");
    await editor.type("/[\r");
    await status(editor, "Invalid pattern  (press RETURN)");
    await editor.type("h");
    await top(editor, "SUMMARY OF COMMANDS");
    await editor.type("q");
    await top(editor, "line 2");
    await editor.type("q");
    expect(await editor.ended).toBe(0);
  });

  it("filters, marks, goes to a percentage and sideways", async () => {
    const editor = pager("less f");
    await editor.type("&line .0$\r");
    await top(editor, "line 10");
    await test.waitFor(() => expect(editor.rows()[1]).toBe("line 20"), { timeout: 4_000 });
    await editor.type("&!line\r");
    await test.waitFor(() => expect(editor.rows()[0]).toBe("~"), { timeout: 4_000 });
    await editor.type("&\r");
    await editor.type("20gma50p");
    await top(editor, "line 30");
    await editor.type("'a");
    await top(editor, "line 20");
    await editor.type("''");
    await top(editor, "line 30");
    await editor.type("g\x1b[C");
    await test.waitFor(() => expect(editor.rows()[4]).toMatch(/^(ong|long|ng|g) /), { timeout: 4_000 });
    await editor.type("q");
    expect(await editor.ended).toBe(0);
  });

  it("follows a file that grows with F until ^C, and reads it again with R", async () => {
    const files = createMemoryFiles({ ...START_FILES, "/root/f": "one\n" });
    const editor = openEditor("less +F f", files);
    await editor.shows("Waiting for data... (^X or interrupt to abort)");
    await files.writeFile("/root/f", Buffer.from("two\n"), { append: true });
    editor.lab.pass(1_000);
    await editor.shows("two");
    await editor.type("\x03");
    await editor.shows("(END)");
    await files.writeFile("/root/f", Buffer.from("three\n"), { append: true });
    await editor.type("R");
    await editor.shows("three");
    await editor.type("q");
    expect(await editor.ended).toBe(0);
  });

  it("prints what fits with -F, and opens at a pattern with +/", async () => {
    expect(await openEditor("less -F f").ended).toBe(0);
    const editor = pager("less +/40 f");
    await editor.type("");
    await test.waitFor(() => expect(editor.rows().join("\n")).toContain("line 60"), { timeout: 4_000 });
    await editor.type("q");
    expect(await editor.ended).toBe(0);
  });
});
