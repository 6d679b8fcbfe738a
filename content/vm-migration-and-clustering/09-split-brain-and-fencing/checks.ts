import { afterStep } from "../../../grader/checks/after-step.ts";
import type { ChapterChecks } from "../../../grader/checks/check.ts";
import { fileOnAll } from "../../../grader/checks/files.ts";
import { guestRunning } from "../../../grader/checks/guests.ts";
import { haRecovered, haState } from "../../../grader/checks/ha.ts";
import { linkDown } from "../../../grader/checks/links.ts";
import { nodeBack, nodeOffline } from "../../../grader/checks/presence.ts";
import {
  clusterHealthy,
  notQuorate,
  quorateByForce,
  quorateWithout,
  restoredToHealth,
} from "../../../grader/checks/quorum.ts";

const nodes = ["pve1", "pve2", "pve3"];

export const checks: ChapterChecks = {
  manage: {
    "shop-managed": haState({ vmid: 221, state: "started" }),
  },
  "pull-the-plug": {
    "pve3-is-away": nodeOffline({ node: "pve3", seenBy: "pve1" }),
  },
  recovery: {
    "shop-recovered": haRecovered({ vmid: 221, lost: "pve3" }),
  },
  back: {
    "pve3-is-back": nodeBack({ node: "pve3", after: "pull-the-plug" }),
    "all-agree": afterStep({ step: "recovery", check: clusterHealthy({ nodes }) }),
  },
  "no-quorum": {
    "pve1-has-no-quorum": notQuorate({ on: "pve1" }),
  },
  return: {
    "quorum-is-back": restoredToHealth({ nodes, after: "no-quorum" }),
    "shop-runs-again": afterStep({ step: "no-quorum", check: guestRunning({ vmid: 221 }) }),
  },
  "two-truths": {
    // With one cable in, pve3 is alone now and then, and can be forced as well.
    "pve3-hears-nobody": linkDown({ on: "pve3", link: 0 }),
    "pve3-is-forced": quorateByForce({ on: "pve3", by: "cables" }),
    "two-go-on": quorateWithout({ nodes: ["pve1", "pve2"], without: "pve3", by: "cables" }),
  },
  "one-truth": {
    "all-agree-again": afterStep({ step: "two-truths", check: clusterHealthy({ nodes, by: "cables" }) }),
    "same-file": afterStep({ step: "two-truths", check: fileOnAll({ path: "/etc/pve/truth.txt", nodes }) }),
  },
};
