/** The outage of a live migration, from the pings of a node that the guest did not leave to the check's verdict. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChapter, loadCourses, loadProofs } from "../content/pipeline/load-chapter.ts";
import { replay } from "../content/pipeline/replay.ts";
import { execOverSsh } from "../labs/ssh-command.ts";
import { type StartedLab, startLabProcess } from "../tools/lab-process.ts";
import { migratedWithinOutage } from "./checks/migration.ts";
import { GuestPings } from "./guest-ping.ts";
import { openLabClients } from "./lab-clients.ts";
import { NO_NEEDS } from "./needs.ts";
import { observe } from "./observe.ts";

const VMID = 201;
let lab: StartedLab;
const pings = new GuestPings();

beforeAll(async () => {
  lab = await startLabProcess({ nodes: 3, seed: "5", clock: "fast" });
  const chapter = findChapter(await loadCourses(), "vm-migration-and-clustering/cold-and-live")!;
  await replay((await loadProofs(chapter)).stage.actions, {
    ...{ lab: lab.description, variables: { clusterName: "lab" } },
    applyFault: () => Promise.reject(new Error("a stage has no fault")),
    stepOutcome: () => Promise.reject(new Error("a stage has no step")),
  });
  // From here on a second is a second: pings are counted by their numbers, outages by their length.
  await lab.control("PUT", "/clock", { mode: "real" });
}, 180_000);
afterAll(async () => {
  pings.close();
  await lab?.stop();
});

describe("the outage of a live migration", () => {
  it("is what another node saw of it over SSH, and QEMU's own figure stands beside it", async () => {
    const { nodes } = lab.description;
    const own = (await execOverSsh(nodes[0]!, "hostname -i", 10_000)).trim();
    const address = own.replace(/\d+$/, String(VMID));
    const needs = { ...NO_NEEDS, guests: [VMID], configs: [VMID], states: [VMID], pings: [address] };
    const clients = openLabClients(lab.description);
    const look = (more: object = {}) => observe(lab.description, { clients, needs, depth: "check", ...more });
    try {
      const baseline = await look();
      const judged = async (seconds: number, to: string) => {
        const observation = await look({ baseline, pings: pings.seen });
        const check = migratedWithinOutage({ vmid: VMID, to, how: "live", seconds, address });
        return check({ observation, baseline, history: [], variables: {} });
      };
      const wanted = nodes.map((node) => ({ ...node }));
      pings.want([address], wanted);
      // Proxmox tells a task's start in whole seconds, and a busy machine tells the time late: the pings began well before.
      const long = () => [...pings.seen.values()].filter((list) => list.some(({ sent }) => sent >= 40)).length;
      await expect.poll(long, waiting).toBe(2);

      await execOverSsh(nodes[0]!, `qm migrate ${VMID} pve2 --online`, 120_000);
      const near = { outcome: "passed", message: { id: "outage.live", values: { vmid: VMID, node: "pve2" } } };
      await expect.poll(() => judged(60, "pve2"), waiting).toMatchObject(near);
      const verdict = await judged(60, "pve2");
      const sources = verdict.evidence.map(({ source }) => source);
      expect(sources).toContain(`ping ${address} longest silence, ms`);
      expect(sources).toContain("QEMU's own downtime, ms (not the outage)");
      // Nothing is over in less than one interval of the ping: asked for that, it is not yet, with what was seen.
      expect(await judged(0.05, "pve2")).toMatchObject({ outcome: "not-yet", message: { id: "outage.live-long" } });

      // Without a ping that covers it nobody knows: the figure in the log is none.
      pings.close();
      const blind = await look({ baseline });
      const unseen = migratedWithinOutage({ vmid: VMID, to: "pve2", how: "live", seconds: 60, address });
      expect(unseen({ observation: blind, baseline, history: [], variables: {} })).toMatchObject({
        ...{ outcome: "could-not-check", message: { id: "outage.no-ping" } },
      });
    } finally {
      clients.close();
    }
  }, 240_000);
});

const waiting = { timeout: 90_000, interval: 500 };
