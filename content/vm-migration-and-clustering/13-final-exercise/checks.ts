import { votes } from "../../../grader/checks/agreement.ts";
import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { exerciseChecks } from "../../../grader/checks/exercise.ts";
import { guestRunning } from "../../../grader/checks/guests.ts";
import { haState } from "../../../grader/checks/ha.ts";
import { linksRedundant } from "../../../grader/checks/links.ts";
import { everybodyPresent } from "../../../grader/checks/quorum.ts";
import { guestOn, storageUsable } from "../../../grader/checks/resources.ts";

const nodes = ["pve1", "pve2", "pve3"];

export const checks: ChapterChecks = {
  restore: exerciseChecks({
    // One of the six may be mended before anybody looks.
    brokenAtLeast: 5,
    given: guestOn({ vmid: 232, on: "pve1", seenBy: ["pve1"] }),
    checks: {
      members: everybodyPresent({ nodes }),
      votes: votes({ on: "pve1", expected: 3, nobodyElse: true }),
      links: linksRedundant({ nodes }),
      storage: storageUsable({ storage: "shared", nodes, shared: true }),
      shop: guestRunning({ vmid: 231 }),
      accounts: haState({ vmid: 232, state: "started" }),
    },
  }),
};
