import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { notQuorate, quorateWithout, restoredToHealth } from "../../../grader/checks/quorum.ts";

export const checks: ChapterChecks = {
  cut: {
    "pve3-is-blocked": notQuorate({ on: "pve3" }),
    "two-go-on": quorateWithout({ nodes: ["pve1", "pve2"], without: "pve3" }),
  },
  heal: {
    "healthy-again": restoredToHealth({ nodes: ["pve1", "pve2", "pve3"], after: "cut" }),
  },
};
