import { describe, expect, it } from "vitest";
import { parseScript } from "./syntax.ts";

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

  it("keeps what stands before a mistake, as bash runs it line by line", () => {
    const parsed = parseScript("echo one\necho two\nfi\n");
    expect(parsed).toMatchObject({ kind: "error", line: 3 });
    expect(parsed.kind === "error" && parsed.script.statements.length).toBe(2);
  });

  it.each(["", "# only a comment", "echo a#b", "echo \\\\", "x=1", "! true", "echo 'a\nb'"])(
    "is content with: %s",
    (text) => {
      expect(parseScript(text).kind).toBe("complete");
    },
  );
});
