import { describe, expect, it, vi as test } from "vitest";
import { createMemoryFiles } from "../../../shell/memory-files.ts";
import { FileError } from "../../../shell/node-files.ts";
import { openScreen } from "../../../shell/testing/open-screen.ts";
import { START_FILES } from "../../../shell/testing/run-shell.ts";
import { edited, openEditor, TEXT } from "../testing/open-editor.ts";

describe("vi", () => {
  it("shows the file, tildes below it, its size and its mode", async () => {
    const editor = openEditor("vim.tiny f");
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

  it("shows the part of a line of 300,000 characters that the cursor is in", async () => {
    const editor = openEditor("vi f", `${"\tx日".repeat(100_000)}end\nnext\n`);
    await editor.shows('"f" 2 lines');
    await editor.type("$");
    await editor.shows("end");
    expect(editor.rows()[0]).toMatch(/^<<<.*x日/);
    await editor.type("j:q\r");
    expect(await editor.ended).toBe(0);
  });

  it("as view reads alone, and writes only with force", async () => {
    const editor = openEditor("view f");
    await editor.shows('"f" [readonly] 3L, 32B');
    await editor.type("x:w\r");
    await editor.shows("E45: 'readonly' option is set (add ! to override)");
    await editor.type(":wq!\r");
    expect(await editor.ended).toBe(0);
    expect(await editor.file()).toBe(TEXT.slice(1));
  });

  it("says of a file that pmxcfs does not take what it says there without a quorum", async () => {
    const files = createMemoryFiles({ "/root/f": TEXT });
    await files.chmod("/root/f", 0o440);
    const writeFile = async (path: string) => {
      throw new FileError("EACCES", path);
    };
    const refusing = new Proxy(files, { get: (of, key) => (key === "writeFile" ? writeFile : Reflect.get(of, key)) });
    const editor = openScreen("vi f new", refusing);
    await editor.shows('"f" [readonly] 3 lines, 32 bytes');
    await editor.type("iX\x1b");
    await editor.shows("W10: Warning: Changing a readonly file");
    await editor.type(":w\r");
    await editor.shows("E45: 'readonly' option is set (add ! to override)");
    await editor.type(":w!\r");
    await editor.shows("E514: Write error (file system full?)");
    await editor.type("\r:n\r");
    await editor.shows("E37: No write since last change (add ! to override)");
    await editor.type(":n!\r");
    await editor.shows('"new" [New File]');
    await editor.type("iX\x1b:w\r");
    await editor.shows("E212: Can't open file for writing");
    await editor.type("\r:q!\r");
    expect(await editor.ended).toBe(0);
  });

  it("asks of further files at :q and :wq, and with ! of none", async () => {
    const files = createMemoryFiles({ ...START_FILES, "/root/f": TEXT, "/root/g": TEXT });
    const editor = openScreen("vi f g", files);
    await editor.type("x:wq\r");
    await editor.shows("E173: 1 more file to edit");
    await editor.type("x:wq\r");
    expect(await editor.ended).toBe(0);
    expect(await editor.file()).toBe(TEXT.slice(2));
    const forced = openScreen("vi f g", files);
    await forced.type("x:wq!\r");
    expect(await forced.ended).toBe(0);
    expect(await forced.file()).toBe(TEXT.slice(3));
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
    ["shifts selected lines far", "Vj2>ZZ", "\t\tone two three\n\t\tsecond line\nthird\n"],
    ["takes a far shift back at once", "Vj3>uZZ", TEXT],
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
    ["asks for capitals and small letters alike", ":%s/E/x/gci\rynyaZZ", "onx two threx\nsxcond linx\nthird\n"],
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
    expect(await edited("vim.tiny f", keys)).toBe(expected);
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
    const editor = openEditor("vim.tiny f", text);
    await editor.type(keys);
    expect(await editor.ended).toBe(0);
    expect(await editor.file()).toBe(expected);
  });

  it("says what it selects, records and asks", async () => {
    const editor = openEditor("vim.tiny f");
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
    const editor = openEditor("vim.tiny f");
    await editor.type(":nonsense\r");
    await editor.shows("E492: Not an editor command: nonsense");
    await editor.type(":q\r");
    expect(await editor.ended).toBe(0);
  });
});
