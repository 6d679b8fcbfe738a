import { afterStep } from "../../../grader/checks/after-step.ts";
import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { guestRunning } from "../../../grader/checks/guests.ts";
import { guestMigrated } from "../../../grader/checks/migration.ts";
import { nodeBack, nodeOffline } from "../../../grader/checks/presence.ts";

export const checks: ChapterChecks = {
  spread: {
    "dns2-moved": guestMigrated({ vmid: 232, from: "pve1", to: "pve2", how: "live" }),
  },
  "lose-one": {
    "pve1-is-away": nodeOffline({ node: "pve1", seenBy: "pve2" }),
    "dns2-goes-on": afterStep({ step: "spread", check: guestRunning({ vmid: 232, on: "pve2" }) }),
  },
  return: {
    "pve1-is-back": nodeBack({ node: "pve1", after: "lose-one" }),
    "dns1-runs-again": afterStep({ step: "lose-one", check: guestRunning({ vmid: 231, on: "pve1" }) }),
  },
};
