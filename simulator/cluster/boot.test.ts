/** A machine that stands still while it boots boots on when it goes on. */
import { expect, it } from "vitest";
import { corosyncAnswers } from "./corosync/view.ts";
import { act } from "./stepping.ts";
import { clusterOf, run, runUntil } from "./testing/lab-steps.ts";

it("goes on with its boot after it stood still, and not before", () => {
  const lab = clusterOf(2);
  act(lab, "power/set", { node: "pve2", state: "off" });
  act(lab, "power/set", { node: "pve2", state: "on" });
  run(lab, 5_000);
  act(lab, "power/set", { node: "pve2", state: "hung" });
  run(lab, 120_000);
  expect(lab.nodes.pve2!.corosync.daemon).toBeNull();
  act(lab, "power/set", { node: "pve2", state: "on" });
  runUntil(lab, () => corosyncAnswers(lab, "pve2") || undefined);
});
