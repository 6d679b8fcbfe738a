import { type ChapterChecks, variable } from "../../../grader/checks/check.ts";
import { nodeBack, nodeSilent } from "../../../grader/checks/presence.ts";
import { storageListed } from "../../../grader/checks/resources.ts";

export const checks: ChapterChecks = {
  "first-change": {
    "storage-on-pve1": storageListed({ storage: variable("storageName"), nodes: ["pve1"] }),
  },
  "switch-off": {
    "pve3-is-silent": nodeSilent({ node: "pve3", whileAnswers: "pve1" }),
  },
  "switch-on": {
    "pve3-is-back": nodeBack({ node: "pve3", after: "switch-off" }),
  },
};
