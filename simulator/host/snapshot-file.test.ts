import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLab } from "../cluster/lab.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-file.ts";

let directory: string;
let path: string;
const snapshot = {
  inputNumber: 7,
  lab: createLab({
    seed: "snapshot",
    nodes: ["pve1", "pve2"].map((name, index) => ({ name, address: `10.10.10.${11 + index}` })),
    rootPassword: "secret",
    wallMs: Date.UTC(2026, 10, 23, 9),
  }),
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "quorate-snapshot-"));
  path = join(directory, "snapshot.json");
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("a snapshot's file", () => {
  it("gives back the lab, its keys in their order", () => {
    writeSnapshot(path, snapshot, {});
    expect(JSON.stringify(readSnapshot(path))).toBe(JSON.stringify(snapshot));
  });

  it("is read as an older version wrote it: one JSON text", () => {
    writeFileSync(path, JSON.stringify(snapshot));
    expect(readSnapshot(path)).toEqual(JSON.parse(JSON.stringify(snapshot)));
  });

  it("is read after a longer one without what is left of that", () => {
    writeSnapshot(path, snapshot, {});
    readSnapshot(path);
    const { pve1, pve2: _, ...others } = snapshot.lab.nodes;
    const shorter = { inputNumber: 8, lab: { ...snapshot.lab, nodes: { ...others, pve1: pve1! } } };
    writeSnapshot(path, shorter, {});
    expect(JSON.stringify(readSnapshot(path))).toBe(JSON.stringify(shorter));
  });

  it("is refused when it was cut off, wherever that was", () => {
    writeSnapshot(path, snapshot, {});
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    for (let count = 0; count < lines.length; count++) {
      const cut = lines.slice(0, count).map((line) => `${line}\n`);
      writeFileSync(path, cut.join(""));
      expect(() => readSnapshot(path), `${count} whole lines`).toThrow();
      writeFileSync(path, `${cut.join("")}${lines[count]!.slice(0, -1)}`);
      expect(() => readSnapshot(path), `${count} whole lines and most of one`).toThrow();
    }
  });
});
