import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newIdentity } from "./lab-identity.ts";
import { LabStore } from "./lab-store.ts";
import { OpenLab } from "./open-lab.ts";

// A device that is always full; systems without it keep the rest of the tests.
describe.skipIf(!existsSync("/dev/full"))("a lab on a full disk", () => {
  it("goes on, says so once, and is whole again when there is room", async () => {
    const directory = mkdtempSync(join(tmpdir(), "quorate-full-"));
    const errors: string[] = [];
    const told: string[] = [];
    const log = {
      info: (message: string) => void told.push(message),
      error: (message: string, error: unknown) => void errors.push(`${message}: ${String(error)}`),
    };
    try {
      const store = new LabStore(directory);
      store.create(newIdentity({ lab: "full", seed: "1", nodes: ["pve1", "pve2"] }));
      const identity = store.readIdentity();
      const lab = await OpenLab.open({ identity, store, mode: "real", log });
      // From now on every line of the log meets a full disk; a snapshot, which replaces the file, finds room.
      store.close();
      rmSync(join(directory, "inputs.jsonl"));
      symlinkSync("/dev/full", join(directory, "inputs.jsonl"));
      await lab.control.setPower("pve2", { state: "off" });
      expect((await lab.control.state()).nodes.map((node) => node.power)).toEqual(["on", "off"]);
      expect(errors).toEqual([expect.stringMatching(/lab full goes on, but cannot be saved; make room.*ENOSPC/)]);
      await expect.poll(() => told, { timeout: 10_000 }).toEqual(["lab full is saved again, nothing is missing"]);
      await lab.close();

      const again = await OpenLab.open({ identity, store: new LabStore(directory), mode: "real", log });
      expect((await again.control.state()).nodes.map((node) => node.power)).toEqual(["on", "off"]);
      await again.close();
      expect(errors).toHaveLength(1);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
