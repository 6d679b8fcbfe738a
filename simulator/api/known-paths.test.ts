import { expect, test } from "vitest";
import { endpoints } from "./endpoints/all.ts";
import { capabilities, fixedFolders, isKnown, knownFolder, knownMethods } from "./known-paths.ts";

const named = (path: string) => path.replace(/\{[^}]+\}/g, "x");

test("every modelled endpoint is one that a real node has", () => {
  const unknown = endpoints.filter((one) => !isKnown(one.method, named(one.path)));
  expect(unknown.map((one) => `${one.method} ${one.path}`)).toEqual([]);
});

test("a fixed name goes before a placeholder beside it", () => {
  expect(isKnown("POST", "/nodes/pve1/tasks")).toBe(false);
  expect(capabilities("/nodes/pve1/disks")).toBe("Dr---");
  expect(capabilities("/nodes/pve1/qemu/100/config")).toBe("-rwc-");
  expect(capabilities("/nodes/pve1/migrateall")).toBe("---c-");
  expect(capabilities("/nosuch")).toBe("-----");
});

test("what a list names is known itself", () => {
  for (const { path, names } of fixedFolders()) {
    for (const name of names) expect([path, name, knownFolder(path)?.names.includes(name)]).toEqual([path, name, true]);
  }
  expect(knownMethods().length).toBeGreaterThan(300);
});
