import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { nodeOffline } from "../../../grader/checks/presence.ts";
import { notQuorate, quorateByForce, quorateWithout, restoredToHealth } from "../../../grader/checks/quorum.ts";

const nodes = ["pve1", "pve2", "pve3"];

export const checks: ChapterChecks = {
  "lose-one": {
    "pve3-is-away": nodeOffline({ node: "pve3", seenBy: "pve1" }),
    "two-go-on": quorateWithout({ nodes: ["pve1", "pve2"], without: "pve3" }),
  },
  "lose-two": {
    "two-are-away": nodeOffline({ node: "pve2", seenBy: "pve1" }),
    "pve1-is-blocked": notQuorate({ on: "pve1" }),
  },
  "expected-one": {
    "pve1-goes-on-alone": quorateByForce({ on: "pve1" }),
  },
  return: {
    "healthy-again": restoredToHealth({ nodes, after: "lose-two" }),
  },
};
