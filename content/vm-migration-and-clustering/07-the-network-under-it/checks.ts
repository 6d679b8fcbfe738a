import { afterStep } from "../../../grader/checks/after-step.ts";
import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { linkDown, linksRedundant } from "../../../grader/checks/links.ts";
import { clusterHealthy, notQuorate, quorateWithout, restoredToHealth } from "../../../grader/checks/quorum.ts";

const nodes = ["pve1", "pve2", "pve3"];

export const checks: ChapterChecks = {
  cut: {
    // While a cable loses packets, or one of the two is in, pve3 is blocked now and then as well.
    "pve3-hears-nobody": linkDown({ on: "pve3", link: 0 }),
    "pve3-is-blocked": notQuorate({ on: "pve3", by: "cables" }),
    "two-go-on": quorateWithout({ nodes: ["pve1", "pve2"], without: "pve3", by: "cables" }),
  },
  heal: {
    "healthy-again": restoredToHealth({ nodes, after: "cut", by: "cables" }),
  },
  "second-link": {
    "two-links": linksRedundant({ nodes }),
  },
  "cut-first": {
    "first-link-is-down": linkDown({ on: "pve3", link: 0 }),
    "nobody-noticed": afterStep({ step: "second-link", check: clusterHealthy({ nodes }) }),
  },
};
