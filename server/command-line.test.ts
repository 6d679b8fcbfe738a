import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readArguments } from "./command-line.ts";
import { StartRefused } from "./start-refused.ts";

describe("arguments of a command", () => {
  const options = { class: { type: "string" } } as const;

  it("are its options and the rest", () => {
    expect(readArguments("usage", options, ["use", "--class", "7", "rack"])).toMatchObject({
      values: { class: "7" },
      positionals: ["use", "rack"],
    });
  });

  it.each([
    [["--clas", "7"], "Unknown option '--clas'.\nusage"],
    [["--class"], "Option '--class <value>' argument missing.\nusage"],
  ])("%j is refused in one line, with the usage", (args, said) => {
    expect(() => readArguments("usage", options, args)).toThrow(new StartRefused(said));
  });
});

describe("a command that is typed wrong", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "quorate-typed-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const typed = (command: string, ...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL(`${command}-command.ts`, import.meta.url)), ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, QUORATE_DATA: join(folder, "data") },
    });

  it.each(["backup", "restore", "regrade", "inventory", "doctor"])("%s does nothing", (command) => {
    const { status, stdout, stderr } = typed(command, "--nosuch");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(new RegExp(`^Unknown option '--nosuch'\\.\\nUsage:[^]*npm run ${command} -- `));
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says how it is used when asked", () => {
    const { status, stdout, stderr } = typed("backup", "--help");
    expect([status, stdout, stderr]).toEqual([0, "Usage: npm run backup -- FILE\n", ""]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
