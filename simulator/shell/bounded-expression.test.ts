import { describe, expect, it } from "vitest";
import { boundedExpression, ExpressionTooCostly } from "./bounded-expression.ts";
import { runShell } from "./testing/run-shell.ts";

/** Backtracking over this would not end today. */
const HARD = `${"a".repeat(60)}!`;

describe("an expression that explodes", () => {
  it.each(["^(a+)+$", "^(a|aa)*$", "^(a|a)+$", "(a*)*b", "^(([a-z])+.)+[A-Z]$", "(x+x+)+y|(a+a+)+b"])(
    "%s is answered in linear time",
    (source) => {
      expect(boundedExpression(source).test(HARD)).toBe(false);
      expect(boundedExpression(source, "i").test(HARD.toUpperCase().replace("!", "?"))).toBe(
        source.includes("[A-Z]") && false,
      );
    },
  );

  it("is refused when it asks for what no linear engine has", () => {
    expect(() => boundedExpression("^((a+)+)\\1$").test(`${HARD}b`)).toThrow(ExpressionTooCostly);
  });

  it("finds, replaces and splits afterwards as any other does", () => {
    const bounded = boundedExpression("(a+)+(b|c)", "g");
    expect(bounded.test(HARD)).toBe(false);
    const text = "xaab yaac z";
    expect([...text.matchAll(bounded)].map((match) => [match.index, ...match])).toEqual(
      [...text.matchAll(/(a+)+(b|c)/g)].map((match) => [match.index, ...match]),
    );
    expect(text.replace(bounded, "<$2>")).toBe("x<b> y<c> z");
  });
});

describe("an expression of thousands of groups", () => {
  it("is refused in a few words", async () => {
    expect(() => boundedExpression("(a)".repeat(16_000)).test("b")).toThrow(ExpressionTooCostly);
    const { stderr, status } = await runShell(
      "x=$(printf '(a)%.0s' {1..16000}); y=$(printf 'a%.0s' {1..16000}); [[ $y =~ $x ]]",
    );
    expect(stderr).toMatch(/regular expression .*\(a\)' takes too long on this text/);
    expect(stderr.length).toBeLessThan(300);
    expect(status).toBe(1);
  });
});

describe("an expression with thousands of states on millions of letters", () => {
  it("is refused instead of holding the thread, and may be asked again", () => {
    const costly = boundedExpression("^((a{1,60}){1,16}|(a|aa)*b)+!$");
    const text = "a".repeat(3_000_000);
    expect(() => costly.test(text)).toThrow(ExpressionTooCostly);
    expect(() => costly.test(text)).toThrow(ExpressionTooCostly);
    expect(costly.test("aab!")).toBe(true);
  });
});

describe("expansions that try a pattern at every place of a long value", () => {
  const long = "x=$(head -c 1000000 /dev/zero | tr '\\0' a)";

  it("are answered at once when the pattern is a text with a star", async () => {
    const line = `${long}; y=\${x%%b*}; echo \${#y}; y=\${x##*b}; echo \${#y}; y=\${x//a/bb}; echo \${#y}`;
    expect(await runShell(line)).toMatchObject({ stdout: "1000000\n1000000\n2000000\n", status: 0 });
  });

  it("are given up when they hold the thread", async () => {
    const ran = await runShell(`${long}; y=\${x%a*[bc]*}; echo \${#y}`);
    expect(ran.stderr).toMatch(/takes too long on this text in this simulated node/);
    expect(ran.status).not.toBe(0);
  });

  it("change case by pattern", async () => {
    expect(await runShell("p=/etc/pve; echo ${p^^[pv]} ${p^^p} ${p^^?} ${p^^}")).toMatchObject({
      stdout: "/etc/PVe /etc/Pve /ETC/PVE /ETC/PVE\n",
    });
    // Recorded of bash 5.2.
    const script = "x='ßé a'; echo ${x^^} ${x^}; x=éß; echo ${x^} ${x~~}; x=aXbY; echo ${x~} ${x~~} ${x^[b]} ${x,,X}";
    expect(await runShell(script)).toMatchObject({ stdout: "ßÉ A ßé a\nÉß Éß\nAXbY AxBy aXbY axbY\n" });
  });

  it("change the case of a value of two million letters", async () => {
    const script =
      "x=0123456789abcdef; for k in {1..17}; do x=$x$x; done; x=${x^}; y=${x~~}; z=${x^^[a-c]}; echo ${y:10:6} ${z: -6}";
    expect(await runShell(script)).toMatchObject({ stdout: "ABCDEF ABCdef\n" });
  });
});

describe("the programs of a node", () => {
  it.each([
    [`[[ ${HARD} =~ ^(a+)+$ ]]; echo $?`, "1\n"],
    [`echo ${HARD} | grep -cE '^(a+)+$'`, "0\n"],
    [`echo ${HARD} | grep -cP '^(a+)+$'`, "0\n"],
    [`echo ${HARD} | sed -E 's/^(a+)+$/x/'`, `${HARD}\n`],
    [`echo ${HARD} | awk '/^(a+)+$/ { print "found" } END { print NR }'`, "1\n"],
    [`shopt -s extglob\ncase ${HARD} in +(a|aa)) echo yes;; *) echo no;; esac`, "no\n"],
  ])("answer `%s` at once", async (command, stdout) => {
    expect(await runShell(`shopt -s extglob; ${command}`)).toMatchObject({ stdout });
  });

  it.each(["grep -E '^((a+)+)\\1$'", "sed -nE '/^((a+)+)\\1$/p'"])("say what is too much: `%s`", async (command) => {
    const ran = await runShell(`echo ${HARD} | ${command}`);
    expect(ran.stderr).toMatch(/takes too long on this text in this simulated node/);
    expect(ran.status).not.toBe(0);
  });
});
