import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { guestOnStorage } from "../../../grader/checks/guests.ts";
import { guestMigrated, migrationFailed } from "../../../grader/checks/migration.ts";

export const checks: ChapterChecks = {
  refused: {
    "local-disk-refused": migrationFailed({ vmid: 211, because: "local-disk" }),
  },
  "with-disk": {
    "moved-with-disk": guestMigrated({ vmid: 211, from: "pve1", to: "pve2", how: "live-with-disks" }),
  },
  "shared-disk": {
    "disk-on-shared": guestOnStorage({ vmid: 211, storage: "shared" }),
  },
  "without-disk": {
    "moved-back-live": guestMigrated({ vmid: 211, from: "pve2", to: "pve1", how: "live" }),
  },
  cdrom: {
    "cdrom-refused": migrationFailed({ vmid: 211, because: "local-cdrom" }),
    "moved-without-cd": guestMigrated({ vmid: 211, from: "pve1", to: "pve3", how: "live" }),
  },
  "linked-clone": {
    "clone-refused": migrationFailed({ vmid: 213, because: "linked-clone" }),
    "whole-clone-moved": guestMigrated({ vmid: 214, from: "pve1", to: "pve2", how: "offline" }),
  },
};
