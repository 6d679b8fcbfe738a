import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { nodeOffline } from "../../../grader/checks/presence.ts";
import { qdeviceVoting } from "../../../grader/checks/qdevice.ts";
import { notQuorate, quorateWithout, restoredToHealth } from "../../../grader/checks/quorum.ts";

const nodes = ["pve1", "pve2"];

export const checks: ChapterChecks = {
  "two-stop": {
    "pve2-is-away": nodeOffline({ node: "pve2", seenBy: "pve1" }),
    "pve1-is-blocked": notQuorate({ on: "pve1" }),
  },
  "third-vote": {
    "both-are-back": restoredToHealth({ nodes, after: "two-stop" }),
    "device-votes": qdeviceVoting({ nodes }),
  },
  "lose-one-again": {
    "pve1-goes-on": quorateWithout({ nodes: ["pve1"], without: "pve2" }),
    // Without it, expected votes set by hand would do as well.
    "device-votes-for-pve1": qdeviceVoting({ nodes: ["pve1"] }),
  },
  cut: {
    "pve1-has-the-vote": quorateWithout({ nodes: ["pve1"], without: "pve2", by: "cables" }),
    "pve2-is-blocked": notQuorate({ on: "pve2", by: "cables" }),
  },
};
