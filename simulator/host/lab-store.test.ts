import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { handlers } from "../cluster/handlers.ts";
import { schedule } from "../cluster/kernel.ts";
import { createLab } from "../cluster/lab.ts";
import { serveRequestsForTest } from "../cluster/pki/test-issuer.ts";
import type { LabState } from "../cluster/state.ts";
import { act, advance } from "../cluster/stepping.ts";
import type { LabIdentity } from "./lab-identity.ts";
import { LabStore, LabUnreadable } from "./lab-store.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "quorate-lab-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const identity: LabIdentity = {
  lab: "lab",
  seed: "1",
  password: "secret",
  nodes: [{ name: "pve1", address: "10.10.10.11", hostKey: "key" }],
};

function freshLab(): LabState {
  const lab = createLab({
    seed: "1",
    nodes: [
      { name: "pve1", address: "10.10.10.11" },
      { name: "pve2", address: "10.10.10.12" },
    ],
    rootPassword: "secret",
    wallMs: Date.UTC(2026, 10, 23, 9),
  });
  serveRequestsForTest(lab);
  return lab;
}

/** A kept lab in which something was done after the snapshot, and the value it had then. */
function livedLab(store: LabStore): LabState {
  store.create(identity);
  const lab = freshLab();
  store.snapshot(lab);
  for (const state of ["off", "on"] as const) {
    advance(lab, lab.nowMs + 30_000.25);
    store.append(lab.nowMs, "power/set", { node: "pve2", state });
    act(lab, "power/set", { node: "pve2", state });
  }
  advance(lab, lab.nowMs + 12_345.5);
  store.append(lab.nowMs);
  return lab;
}

describe("a saved lab", () => {
  it("is restored by replay to the same value, chance included", () => {
    const store = new LabStore(directory);
    const lab = livedLab(store);
    store.close();
    expect(new LabStore(directory).restore()?.lab).toEqual(lab);
  });

  it("goes on after a restore, and is restored again", () => {
    const lab = livedLab(new LabStore(directory));
    const second = new LabStore(directory);
    const restored = second.restore()!.lab;
    second.append(restored.nowMs, "power/set", { node: "pve1", state: "off" });
    act(restored, "power/set", { node: "pve1", state: "off" });
    second.close();
    const third = new LabStore(directory).restore()!.lab;
    expect(third.nodes.pve1!.power).toBe("off");
    expect(third.nowMs).toBe(lab.nowMs);
  });

  it("is back as of its snapshot when its inputs cannot be replayed, keeps them, and says so", () => {
    const store = new LabStore(directory);
    store.create(identity);
    const lab = freshLab();
    advance(lab, 60_000);
    // An event at which the model fails, as after a change of it.
    handlers["test/fault"] = () => {
      throw new Error("a fault of ours");
    };
    onTestFinished(() => void delete handlers["test/fault"]);
    schedule(lab, 2_000, { kind: "test/fault" });
    store.snapshot(lab);
    store.append(lab.nowMs + 1_000, "power/set", { node: "pve2", state: "off" });
    store.append(lab.nowMs + 3_000);
    store.close();
    const again = new LabStore(directory);
    expect(again.restore()?.lab).toEqual(lab);
    expect(again.lostInputs).toBeInstanceOf(Error);
    const notice = again.readNotice()!;
    expect(notice.kind).toBe("inputs-lost");
    expect(readFileSync(join(notice.keptIn, "inputs.jsonl"), "utf8")).toContain("power/set");
    // Its next snapshot is the whole of it: the inputs are not tried again.
    again.snapshot(lab);
    again.close();
    const third = new LabStore(directory);
    expect(third.restore()?.lab).toEqual(lab);
    expect(third.lostInputs).toBeUndefined();
  });

  it("leaves out an input that a killed process wrote half", () => {
    const store = new LabStore(directory);
    const lab = livedLab(store);
    store.close();
    appendFileSync(join(directory, "inputs.jsonl"), '{"number":99,"atMs":9999');
    expect(new LabStore(directory).restore()?.lab).toEqual(lab);
  });

  it("does not replay inputs twice when it was killed between the snapshot and clearing them", () => {
    const store = new LabStore(directory);
    const lab = livedLab(store);
    const inputs = readFileSync(join(directory, "inputs.jsonl"), "utf8");
    store.snapshot(lab);
    writeFileSync(join(directory, "inputs.jsonl"), inputs);
    expect(new LabStore(directory).restore()?.lab).toEqual(lab);
  });

  it("keeps credentials from other users of the machine", () => {
    livedLab(new LabStore(directory));
    for (const name of ["identity.json", "snapshot.json", "inputs.jsonl"]) {
      expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
    }
  });

  it("of another format is set aside, said so, and leaves room for a fresh one", () => {
    const store = new LabStore(directory);
    const lab = livedLab(store);
    store.snapshot({ ...lab, format: 999 });
    const reopened = new LabStore(directory);
    expect(() => reopened.restore()).toThrow(LabUnreadable);
    expect(existsSync(join(directory, "unreadable-1", "snapshot.json"))).toBe(true);
    expect(reopened.restore()).toBeUndefined();
    expect(reopened.readIdentity()).toEqual(identity);
  });

  it("that is damaged is set aside, too", () => {
    livedLab(new LabStore(directory));
    writeFileSync(join(directory, "snapshot.json"), '{"inputNumber": 1, "lab": {');
    expect(() => new LabStore(directory).restore()).toThrow(/damaged.*kept in/);
  });
});
