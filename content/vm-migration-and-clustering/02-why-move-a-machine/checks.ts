import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { guestRunning, nodeDrained } from "../../../grader/checks/guests.ts";
import { guestMigrated } from "../../../grader/checks/migration.ts";
import { nodeBack, nodeOffline } from "../../../grader/checks/presence.ts";

export const checks: ChapterChecks = {
  drain: {
    "nothing-runs-on-pve1": nodeDrained({ node: "pve1", vmids: [201, 202, 203] }),
    "accounts-runs-on-pve3": guestRunning({ vmid: 203, on: "pve3" }),
  },
  service: {
    "pve1-is-off": nodeOffline({ node: "pve1", seenBy: "pve2" }),
  },
  balance: {
    "pve1-is-back": nodeBack({ node: "pve1", after: "service" }),
    "web-came-back-live": guestMigrated({ vmid: 201, to: "pve1", how: "live" }),
  },
};
