/**
 * Every recorded step of real pmxcfs daemons on several nodes, done again: what is typed answers the same, and afterwards
 * each node shows the same versions, members, guests, log, tree and journal.
 */
import { describe, expect, it } from "vitest";
import { readRecorded } from "../recordings/pmxcfs/scenarios.ts";
import { comparable, replayPmxcfs } from "./pmxcfs-replay.ts";

const RECORDED = readRecorded(new URL("../recordings/pmxcfs/recorded.json", import.meta.url).pathname);

/** By scenario and step (from 1), with the reason: these differ. One that no longer does fails as well. */
const DIFFERENT: Record<string, Record<number, string>> = {
  operations: {
    7: "a hard link is refused with EPERM by the recorded kernel, with ENOSYS by Proxmox's; mknod and mkfifo are not modelled",
    13: "dd with conv=notrunc writes the rest anew",
    15: "a name of 256 bytes is taken",
    16: ".debug opens, and refuses what is written",
    18: "the kernel shows a mode for a second after a rename",
    19: "the name of 256 bytes from before",
    20: "install is not modelled",
    21: "the longest name; sync does not look at its operand",
    22: "flock is not modelled; fallocate is not refused",
  },
  "without-quorum": {
    10: "as operations, step 7",
    11: "as operations, step 16",
  },
  versions: {
    13: "bash's printf writes 4 KiB at a time",
    14: "head writes in other portions",
    31: "as operations, step 13",
  },
  "writes-while-cut": {
    5: "the recorded write was refused as one that is not sent any more; recorded later, it came back (write-in-flight)",
    6: "so its node left the group, which the recorded one did not",
  },
  "guest-names": {
    9: "as split-guests, step 9",
  },
  renamed: {
    17: "as split-guests, step 9",
  },
  "split-guests": {
    9: "which guest gets which version when all are listed anew is chance (a hash table's order)",
  },
};

/** Where pmxcfs tries again after its corosync has met the others, as the recorded one did; both are seen. */
const SEEDS: Record<string, string> = { restarts: "l" };

describe("real pmxcfs on several nodes", () => {
  for (const scenario of RECORDED) {
    it(`${scenario.name}: ${scenario.desc}`, async () => {
      const ours = await replayPmxcfs(scenario, SEEDS[scenario.name] ?? "recorded");
      const versions = { recorded: {}, ours: {} };
      for (const [index, { typed, seen, ...step }] of scenario.steps.entries()) {
        const recorded = comparable({ ...(typed && { typed }), ...(seen && { seen }) }, versions.recorded);
        const replayed = comparable(ours[index]!, versions.ours);
        const at = { step: index + 1, ...step };
        if (DIFFERENT[scenario.name]?.[index + 1] === undefined)
          expect({ ...at, ...replayed }).toEqual({ ...at, ...recorded });
        else expect({ ...at, ...replayed }).not.toEqual({ ...at, ...recorded });
      }
    });
  }

  it("names no step that is not recorded", () => {
    const known = Object.fromEntries(RECORDED.map(({ name, steps }) => [name, steps.length]));
    for (const [name, steps] of Object.entries(DIFFERENT)) {
      for (const step of Object.keys(steps))
        expect(Number(step), `${name} ${step}`).toBeLessThanOrEqual(known[name] ?? 0);
    }
  });
});
