import { describe, expect, it } from "vitest";
import { parseScript, ScriptReader } from "./syntax.ts";

describe("reading a command line", () => {
  it.each([
    "if true",
    "if true; then echo a; else",
    "for i in 1 2",
    "while true; do",
    "case x in",
    "f() {",
    "{ a",
    "( a",
    "[[ a",
    'echo "abc',
    "echo 'abc",
    "echo $(foo",
    "echo `foo",
    "echo a &&",
    "echo a ||",
    "a |",
    "cat <<E\nfoo",
    "echo a \\",
  ])("asks for more after: %s", (text) => {
    expect(parseScript(text).kind).toBe("incomplete");
  });

  it.each([
    ["echo )", ")"],
    ["foo ;; bar", ";;"],
    ["done", "done"],
    ["| x", "|"],
    ["& x", "&"],
    ["a && && b", "&&"],
    ["}", "}"],
    ["for", "newline"],
    ["echo foo(bar)", "("],
  ])("refuses %s at `%s'", (text, token) => {
    expect(parseScript(text)).toMatchObject({
      kind: "error",
      message: `syntax error near unexpected token \`${token}'`,
    });
  });

  it("reads a script command by command, up to a mistake", () => {
    const reader = new ScriptReader("echo one\n# nothing\necho two; echo three\nfi\necho four\n");
    const kinds = Array.from({ length: 4 }, () => reader.next({ extglob: false }));
    expect(kinds.map(({ kind }) => kind)).toEqual(["command", "command", "error", "end"]);
    expect(kinds[1]).toMatchObject({ text: "# nothing\necho two; echo three\n" });
    expect(kinds[2]).toMatchObject({ line: 4, shown: "fi" });
  });

  it.each(["", "# only a comment", "echo a#b", "echo \\\\", "x=1", "! true", "echo 'a\nb'"])(
    "is content with: %s",
    (text) => {
      expect(parseScript(text).kind).toBe("complete");
    },
  );

  // Each of them was read twice at each level, which for 100 levels is never done.
  it.each([
    ["x[$(", ")]"],
    ["${x[$(", ")] y}"],
    ["${x[", "] y}"],
    ["$((", ") )"],
  ])("reads text that turns out to be something else once: %s...%s", (open, close) => {
    const parsed = parseScript(`echo ${open.repeat(100)}:${close.repeat(100)}`, { final: true });
    expect(parsed.kind).toBe("complete");
  });
});
