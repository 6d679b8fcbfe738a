import { expect, test } from "vitest";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { callAsRoot } from "../in-process.ts";

test("a guest that is not backed up is told with its name, on whichever node it is", async () => {
  const lab = clusterOf(2);
  act(lab, "guests/act", { node: "pve2", vmid: 100, action: "create", params: { name: "db1" }, program: "qm" });
  run(lab, 10_000);
  const path = "/cluster/backup-info/not-backed-up";
  const { signal } = new AbortController();
  const answer = await callAsRoot({ lab: fastPort(lab), node: "pve1", signal, method: "GET", path, params: {} });
  expect(answer).toMatchObject({ data: [{ vmid: 100, type: "qemu", name: "db1" }] });
});
