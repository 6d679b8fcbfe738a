import { expect, it } from "vitest";
import { clusterLog } from "./pmxcfs/cluster-log.ts";
import { toPresentFormat, UnknownFormat } from "./saved-format.ts";
import { LAB_FORMAT } from "./state.ts";
import { act } from "./stepping.ts";
import { change, clusterOf, freshLab, run } from "./testing/lab-steps.ts";

it("a lab of this version is left as it is", () => {
  const lab = freshLab(1);
  expect(toPresentFormat(structuredClone(lab))).toEqual(lab);
});

it("steps are taken in order, each from the format that the one before left", () => {
  const lab = { ...freshLab(1), format: LAB_FORMAT, oldName: "pve" };
  const steps = {
    [LAB_FORMAT]: (saved: Record<string, unknown>) => {
      saved.newName = saved.oldName;
      delete saved.oldName;
    },
    [LAB_FORMAT + 1]: (saved: Record<string, unknown>) => {
      saved.newName = `${saved.newName}!`;
    },
  };
  const migrated = toPresentFormat(lab, steps, LAB_FORMAT + 2);
  expect(migrated).toMatchObject({ format: LAB_FORMAT + 2, newName: "pve!" });
  expect(migrated).not.toHaveProperty("oldName");
});

it("a cluster of format 4, with one process group for pmxcfs's two, has both and tells what it wants to tell", () => {
  const lab = clusterOf(3);
  for (const { corosync, pmxcfs } of Object.values(lab.nodes)) {
    const { cpg } = corosync.daemon!;
    cpg.local = cpg.local.filter(({ group }) => group === "pve_dcdb_v1");
    cpg.processes = cpg.processes.filter(({ group }) => group === "pve_dcdb_v1");
    delete (pmxcfs as { statusSync?: unknown }).statusSync;
  }
  const opened = toPresentFormat({ ...structuredClone(lab), format: 4 });
  for (const { corosync, pmxcfs } of Object.values(opened.nodes)) {
    const { local, processes } = corosync.daemon!.cpg;
    expect(local.map(({ group }) => group)).toEqual(["pve_dcdb_v1", "pve_kvstore_v1"]);
    expect(processes.map(({ nodeId, group }) => `${nodeId} ${group}`)).toEqual(
      [1, 2, 3].flatMap((id) => [`${id} pve_dcdb_v1`, `${id} pve_kvstore_v1`]),
    );
    expect(pmxcfs.statusSync).toMatchObject({ phase: "synced", members: [{}, {}, {}] });
  }
  expect(change(opened, "pve2", { op: "write", path: "/etc/pve/f", content: "" })).toEqual({ state: "done" });
  clusterLog(opened, "pve2", { pri: 6, tag: "test", pid: 1, user: "root", msg: "told" });
  run(opened, 1_000);
  expect(opened.nodes.pve1!.pmxcfs.clusterLog[0]).toMatchObject({ node: "pve2", msg: "told" });
  act(opened, "power/set", { node: "pve3", state: "off" });
  run(opened, 20_000);
  expect(opened.nodes.pve1!.pmxcfs).toMatchObject({ onlineIds: [1, 2], sync: { phase: "synced" } });
});

it.each([
  [{ ...freshLab(1), format: LAB_FORMAT + 1 }, "reads up to"],
  [{ ...freshLab(1), format: -3 }, "has format -3"],
  [{ lab: "x" }, "is not a lab"],
  ["text", "is not a lab"],
  [null, "is not a lab"],
])("what this version cannot read is refused with the reason", (saved, reason) => {
  expect(() => toPresentFormat(saved)).toThrow(UnknownFormat);
  expect(() => toPresentFormat(saved)).toThrow(reason);
});
