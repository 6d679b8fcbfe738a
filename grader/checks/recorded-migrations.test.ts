/** The logs of real migrations, as `qm migrate` printed them on a real cluster: each is told for what it was. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { shortLog } from "../short-log.ts";
import { migrationsOf } from "./migrations-seen.ts";
import { lab, task, withFacts } from "./sample-lab.ts";

/** Every migration in a recording, with the lines of its log. */
function recorded(file: string): { vmid: string; log: string[] }[] {
  const url = new URL(`../../simulator/recordings/pve/guests/${file}.txt`, import.meta.url);
  const runs: { vmid: string; log: string[] }[] = [];
  let open = false;
  for (const line of readFileSync(url, "utf8").split("\n")) {
    const start = /starting migration of VM (\d+) to node/.exec(line);
    if (start) runs.push({ vmid: start[1]!, log: [] });
    if (start) open = true;
    if (/^\[exit \d+\]/.test(line)) open = false;
    if (open) runs.at(-1)!.log.push(line);
  }
  return runs;
}

function seen(run: { vmid: string; log: string[] }) {
  const member = { cluster: "lab", members: ["pve1", "pve2", "pve3"] };
  const bare = lab({ pve1: member, pve2: member, pve3: member });
  const good = run.log.some((line) => /migration finished successfully/.test(line));
  const more = { id: run.vmid, endTime: 1_795_400_000, log: shortLog(run.log) };
  const one = task("pve1", "qmigrate", good ? "ok" : "failed", good ? undefined : "migration aborted", more);
  const now = withFacts(bare, { pve1: { tasks: { read: true, value: [one] } } });
  return migrationsOf(now, bare, Number(run.vmid)).migrations[0]!;
}
const all = (file: string) => recorded(file).map(seen);

describe("recorded migrations", () => {
  it("of a stopped guest are offline", () => {
    expect(all("24-migrate-offline-shared").map(({ how }) => how)).toContain("offline");
  });
  it("of a running one are live, also those that hardly converged", () => {
    for (const file of [
      "g01-live-idle",
      "g02-live-idle-insecure",
      "g05-live-dirty100-unlimited",
      "g06-nonconverge-autodowntime-bw30-dirty60",
      "g52-link-cut-20s",
    ]) {
      const [first] = all(file);
      expect(first, file).toMatchObject({ how: "live" });
      expect(first!.to, file).toMatch(/^pve\d$/);
    }
  });
  it("tell QEMU's downtime as what it is", () => {
    expect(all("g01-live-idle")[0]!.loggedDowntimeMs).toBe(6);
  });
  it("with local disks are told from those without", () => {
    expect(all("g08-live-localdisk-idle")[0]).toMatchObject({ how: "live-with-disks" });
    expect(all("26-migrate-localdisk").map(({ how }) => how)).toContain("live-with-disks");
  });
  it("that were refused give Proxmox's own reason", () => {
    expect(all("26-migrate-localdisk")[0]!.reason).toMatch(
      /can't live migrate attached local disks without with-local-disks/,
    );
    expect(
      all("28-migrate-more-errors")
        .map(({ reason }) => reason)
        .join("\n"),
    ).toMatch(/local/);
  });
  it("that were ended by hand are cancelled, and no other failure is", () => {
    expect(all("g10-cancel-task-stop").some(({ cancelled }) => cancelled)).toBe(true);
    expect(all("g11-cancel-ctrl-c").some(({ cancelled }) => cancelled)).toBe(true);
    for (const file of ["g50-target-killed", "g53-source-loses-quorum", "g54-link-cut-longer-than-tcp-timeout"]) {
      const [first] = all(file);
      expect(first, file).toMatchObject({ cancelled: false });
      expect(first!.reason, file).toBeTruthy();
    }
  });
});
