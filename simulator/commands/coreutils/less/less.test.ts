import { describe, expect, it, vi } from "vitest";
import { createMemoryFiles } from "../../../shell/memory-files.ts";
import { openScreen } from "../../../shell/testing/open-screen.ts";
import { openShell } from "../../../shell/testing/open-shell.ts";
import { runShell, START_FILES } from "../../../shell/testing/run-shell.ts";

describe("more", () => {
  const said = async (command: string) => {
    const { stdout, stderr, status } = await runShell(command);
    return { stdout: stdout.split("\n")[0], stderr, status };
  };

  it("tells its version and its usage, and refuses what is no number", async () => {
    expect(await said("more -V")).toEqual({ stdout: "more from util-linux 2.38.1", stderr: "", status: 0 });
    expect(await said("more --help")).toEqual({ stdout: "Usage:", stderr: "", status: 0 });
    expect(await said("more -nabc f")).toEqual({ stdout: "", stderr: "more: argument error: 'abc'\n", status: 1 });
    expect(await said("more nosuch")).toMatchObject({
      stderr: "more: cannot open nosuch: No such file or directory\n",
    });
  });

  it("is left by what it looks for when that cannot be read or takes too long, and at the end with -e", async () => {
    const text = `${Array.from({ length: 60 }, (_, at) => `line ${at + 1} (x)`).join("\n")}\n`;
    const shell = openShell();
    await shell.type(`cat > f <<'END'\n${text}END\nmore -e f\r`);
    await shell.shows("--More--");
    await shell.type("/[\r");
    await shell.type("/nosuch\r");
    await shell.shows("Pattern not found");
    await shell.type("/line 4[[:digit:]] (x)\r");
    await shell.shows("line 40 (x)");
    await shell.type("  ");
    await shell.type("echo at-the-$((1+1))-prompt\r");
    await shell.shows("at-the-2-prompt\n");
    await shell.type("more f\r");
    await shell.shows("--More--");
    await shell.type("/nosuch\r");
    await shell.type("q");
    await shell.type("echo at-the-$((1+2))-prompt\r");
    await shell.shows("at-the-3-prompt\n");
  });
});

describe("less", () => {
  const lines = Array.from({ length: 60 }, (_, at) => `line ${at + 1}${at === 4 ? ` ${"long ".repeat(20)}` : ""}`);
  const pager = (command: string) =>
    openScreen(command, createMemoryFiles({ ...START_FILES, "/root/f": `${lines.join("\n")}\n` }));
  const status = (editor: ReturnType<typeof pager>, text: string) =>
    vi.waitFor(() => expect(editor.rows()[23]).toBe(text), { timeout: 4_000 });
  const top = (editor: ReturnType<typeof pager>, text: string) =>
    vi.waitFor(() => expect(editor.rows()[0]).toBe(text), { timeout: 4_000 });

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
    await vi.waitFor(() => expect(editor.rows()[1]).toBe("line 6"), { timeout: 4_000 });
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
    await vi.waitFor(() => expect(editor.rows()[1]).toBe("line 20"), { timeout: 4_000 });
    await editor.type("&!line\r");
    await vi.waitFor(() => expect(editor.rows()[0]).toBe("~"), { timeout: 4_000 });
    await editor.type("&\r");
    await editor.type("20gma50p");
    await top(editor, "line 25");
    await editor.type("'a");
    await top(editor, "line 20");
    await editor.type("''");
    await top(editor, "line 25");
    await editor.type("g\x1b[C");
    await vi.waitFor(() => expect(editor.rows()[4]).toMatch(/^(ong|long|ng|g) /), { timeout: 4_000 });
    await editor.type("q");
    expect(await editor.ended).toBe(0);
  });

  it("takes long names of options, and says when one has no value", async () => {
    const help = pager("less --help");
    await top(help, "SUMMARY OF COMMANDS");
    await help.type("q");
    expect(await help.ended).toBe(0);
    const chopped = pager("less --chop-long-lines --tabs=4 -i f");
    await vi.waitFor(() => expect(chopped.rows()[5]).toBe("line 6"), { timeout: 4_000 });
    await chopped.type("q");
    const wrong = pager("less f --pattern");
    expect(await wrong.ended).toBe(1);
    await wrong.shows("requires an argument");
  });

  it("follows a file that grows with F until ^C, and reads it again with R", async () => {
    const files = createMemoryFiles({ ...START_FILES, "/root/f": "one\n" });
    const editor = openScreen("less +F f", files);
    await editor.shows("Waiting for data... (interrupt to abort)");
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

  it("keeps what it shows when the file has become larger than it reads", async () => {
    const files = createMemoryFiles({ ...START_FILES, "/root/f": "one\n" });
    const editor = openScreen("less f", files);
    await editor.shows("one");
    await files.writeFile("/root/f", Buffer.alloc(5 << 20, "two\n"));
    await editor.type("R");
    await editor.shows("f: File too large  (press RETURN)");
    expect(editor.rows()[0]).toBe("one");
    await editor.type("F");
    await editor.shows("f: File too large  (press RETURN)");
    await editor.type("q");
    expect(await editor.ended).toBe(0);
  });

  it("prints what fits with -F, and opens at a pattern with +/", async () => {
    const files = createMemoryFiles({ ...START_FILES, "/root/f": "one two three\nsecond line\nthird\n" });
    expect(await openScreen("less -F f", files).ended).toBe(0);
    const editor = pager("less +/40 f");
    await editor.type("");
    await vi.waitFor(() => expect(editor.rows().join("\n")).toContain("line 60"), { timeout: 4_000 });
    await editor.type("q");
    expect(await editor.ended).toBe(0);
  });
});
