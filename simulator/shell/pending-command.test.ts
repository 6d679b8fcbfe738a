import { expect, it } from "vitest";
import { COMMAND_LENGTH_MAX, PendingCommand } from "./pending-command.ts";
import { parseScript } from "./syntax.ts";
import { runShell } from "./testing/run-shell.ts";

const whole = (lines: string[]) => {
  const pending = new PendingCommand();
  return lines.map((line) => {
    const parsed = pending.add(line);
    return typeof parsed === "object" ? parsed.kind : parsed;
  });
};

it("a loop, a quote and a here-document are whole with their last line", () => {
  expect(whole(["for i in 1 2; do", "echo $i", "done"])).toEqual([undefined, undefined, "complete"]);
  expect(whole(["echo 'a", "b", "c'"])).toEqual([undefined, undefined, "complete"]);
  expect(whole(["cat <<-'E'", "done", "\tE"])).toEqual([undefined, undefined, "complete"]);
  expect(whole(["echo a &&", "", "echo b"])).toEqual([undefined, undefined, "complete"]);
  expect(whole(["fi"])).toEqual(["error"]);
});

it("a long one is whole with its last line, too", () => {
  const lines = Array.from({ length: 4_000 }, (_, at) => `echo a line of some length that has the number ${at}`);
  const seen = whole(["f() {", ...lines, "}"]);
  expect(seen.at(-1)).toBe("complete");
  expect(new Set(seen.slice(0, -1))).toEqual(new Set([undefined]));
});

it("one that is too long is over with its here-document, whose lines are no commands", async () => {
  const lines = Array.from({ length: (COMMAND_LENGTH_MAX >> 10) + 10 }, () => "x".repeat(1_023));
  expect(whole(["cat <<E", ...lines, "E"]).filter((state) => state !== undefined)).toEqual(["too-long"]);
  const script = `echo before\ncat <<E\n${lines.join("\n")}\nE\necho after $?\n`;
  const ran = await runShell("bash -s", { stdin: script });
  expect(ran).toMatchObject({ stdout: "before\nafter 2\n", status: 0 });
  expect(ran.stderr.split("\n")).toHaveLength(2);
});

it("refuses a command of very many words, which others would wait for, and reads as many commands", () => {
  const one = parseScript(`echo ${"word ".repeat(60_000)}\n`);
  expect(one).toMatchObject({
    kind: "error",
    message: expect.stringContaining("more than 50000 words in one command"),
  });
  const many = parseScript("true\n".repeat(60_000));
  expect(many.kind).toBe("complete");
  expect(many.kind === "complete" && many.script.statements.length).toBe(60_000);
});
