import { isQuorate, membersAgree, votes } from "../../../grader/checks/agreement.ts";
import { both } from "../../../grader/checks/both.ts";
import { type ChapterChecks, variable } from "../../../grader/checks/check.ts";
import { clusterNamed, createdAfterBaseline } from "../../../grader/checks/cluster.ts";
import { hasMembers, joinedAfterBaseline, nodeIsMember } from "../../../grader/checks/membership.ts";

const name = variable("clusterName");
const nodes = ["pve1", "pve2", "pve3"];

export const checks: ChapterChecks = {
  create: {
    "cluster-named": clusterNamed({ on: "pve1", name }),
    "created-now": createdAfterBaseline({ on: "pve1", name }),
  },
  "join-second": {
    "pve2-is-member": nodeIsMember({ node: "pve2", of: "pve1" }),
    "pve2-joined-now": joinedAfterBaseline({ node: "pve2", of: "pve1" }),
  },
  "join-third": {
    "pve3-is-member": nodeIsMember({ node: "pve3", of: "pve1" }),
    "pve3-joined-now": joinedAfterBaseline({ node: "pve3", of: "pve1" }),
  },
  agree: {
    // A cluster that was there when the chapter began agrees as well, and nobody has done anything.
    "three-members": both(
      hasMembers({ on: "pve1", members: nodes }),
      joinedAfterBaseline({ node: "pve3", of: "pve1" }),
    ),
    "all-agree": membersAgree({ nodes }),
    "quorate-everywhere": isQuorate({ nodes }),
    "three-votes": votes({ on: "pve1", expected: 3 }),
  },
};
