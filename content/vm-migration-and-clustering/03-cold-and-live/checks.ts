import { afterStep } from "../../../grader/checks/after-step.ts";
import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { guestRunning, guestUnlocked } from "../../../grader/checks/guests.ts";
import {
  guestMigrated,
  migratedWithoutRestart,
  migrationCancelled,
  migrationFailed,
} from "../../../grader/checks/migration.ts";

export const checks: ChapterChecks = {
  cold: {
    "moved-cold": guestMigrated({ vmid: 201, from: "pve1", to: "pve2", how: "offline" }),
  },
  live: {
    "moved-live": guestMigrated({ vmid: 201, from: "pve2", to: "pve1", how: "live" }),
    "no-restart": migratedWithoutRestart({ vmid: 201, from: "pve2", to: "pve1" }),
  },
  cancel: {
    "was-cancelled": migrationCancelled({ vmid: 202 }),
  },
  converge: {
    "busy-one-moved": guestMigrated({ vmid: 202, to: "pve2", how: "live" }),
  },
  "lose-quorum": {
    "migration-failed": migrationFailed({ vmid: 201, because: "no-quorum" }),
  },
  "clean-up": {
    "nothing-locked": afterStep({ step: "lose-quorum", check: guestUnlocked({ vmid: 201 }) }),
    "runs-again": afterStep({ step: "lose-quorum", check: guestRunning({ vmid: 201 }) }),
  },
};
