import { type ChapterChecks, variable } from "../../../grader/checks/check.ts";
import { joinedAfterBaseline, nodeIsMember } from "../../../grader/checks/membership.ts";
import { guestOn, storageListed } from "../../../grader/checks/resources.ts";

const nodes = ["pve1", "pve2", "pve3"];

export const checks: ChapterChecks = {
  replace: {
    "pve3-is-member": nodeIsMember({ node: "pve3", of: "pve1" }),
    "pve3-joined-now": joinedAfterBaseline({ node: "pve3", of: "pve1" }),
  },
  "one-setting": {
    "storage-everywhere": storageListed({ storage: variable("sharedName"), nodes }),
  },
  "one-view": {
    "machine-seen-everywhere": guestOn({ vmid: 106, on: "pve3", seenBy: nodes }),
  },
};
