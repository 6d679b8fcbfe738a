import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { readUnknownCommands, UNKNOWN_COMMANDS_FILE, UnknownCommands } from "./unknown-commands.ts";

const folders: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), "unknown-"));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});
const fail = (error: unknown) => {
  throw error;
};

it("keeps known programs' names with how often they were met, over a restart", () => {
  const directory = folder();
  const before = new UnknownCommands(directory, fail);
  before.note("a", "htop");
  before.note("a", "htop");
  before.write();
  const after = new UnknownCommands(directory, fail);
  after.note("b", "htop");
  after.write();
  expect(readUnknownCommands(directory)).toMatchObject({ htop: { count: 3 } });
});

it("writes no name that only one lab has met, which may be a password", () => {
  const directory = folder();
  const list = new UnknownCommands(directory, fail);
  for (let i = 0; i < 5; i++) list.note("a", "hunter2");
  list.note("a", "nmap");
  list.write();
  expect(readFileSync(join(directory, UNKNOWN_COMMANDS_FILE), "utf8")).not.toContain("hunter2");
  list.note("a", "pvetool");
  list.note("b", "pvetool");
  list.write();
  expect(Object.keys(readUnknownCommands(directory))).toEqual(["nmap", "pvetool"]);
});

it("takes no text that is no name of a program", () => {
  const directory = folder();
  const list = new UnknownCommands(directory, fail);
  for (const name of ["Secret-1!", "/etc/shadow", "a b", "x".repeat(40), ""]) {
    list.note("a", name);
    list.note("b", name);
  }
  list.write();
  expect(readUnknownCommands(directory)).toEqual({});
});

it("tells of a folder that cannot be written, and goes on", () => {
  const errors: unknown[] = [];
  const list = new UnknownCommands("/dev/null/none", (error) => errors.push(error));
  list.note("a", "htop");
  list.write();
  expect(errors).toHaveLength(1);
});
