import { afterStep } from "../../../grader/checks/after-step.ts";
import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { nodeOffline } from "../../../grader/checks/presence.ts";
import { nodeRemoved, nodeReplaced, recoveredAfterLoss } from "../../../grader/checks/recovery.ts";

export const checks: ChapterChecks = {
  lose: {
    "pve3-is-away": nodeOffline({ node: "pve3", seenBy: "pve1" }),
  },
  recover: {
    "shop-recovered": recoveredAfterLoss({ vmid: 221, lost: "pve3" }),
  },
  remove: {
    // A lab that comes from the chapter before has no pve3 in its cluster: nobody has taken it out.
    "pve3-removed": afterStep({ step: "lose", check: nodeRemoved({ node: "pve3", from: ["pve1", "pve2"] }) }),
  },
  replace: {
    "pve3-replaced": nodeReplaced({ node: "pve3", of: "pve1" }),
  },
};
