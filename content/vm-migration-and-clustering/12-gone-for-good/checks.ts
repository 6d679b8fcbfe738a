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
    "pve3-removed": nodeRemoved({ node: "pve3", from: ["pve1", "pve2"] }),
  },
  replace: {
    "pve3-replaced": nodeReplaced({ node: "pve3", of: "pve1" }),
  },
};
