import { expect, it } from "vitest";
import { clusterOf, freshLab } from "../cluster/testing/lab-steps.ts";
import { completers } from "./completers.ts";
import { fastPort } from "./testing/run-program.ts";

/** What Tab offers behind a command line. */
async function offered(lab: ReturnType<typeof freshLab>, line: string): Promise<string[]> {
  const words = line.split(" ");
  const word = words.pop()!;
  const all = await completers[words[0]!]!(words, word, { node: "pve1", port: fastPort(lab) });
  return all.filter((candidate) => candidate.startsWith(word));
}

it("offers the nodes of the cluster to delnode, and those of the lab to ssh", async () => {
  const lab = clusterOf(3);
  expect(await offered(lab, "pvecm delnode p")).toEqual(["pve1", "pve2", "pve3"]);
  expect(await offered(lab, "ssh pve")).toEqual(["pve2", "pve3"]);
  expect(await offered(freshLab(2), "pvecm delnode p")).toEqual(["pve1"]);
  expect(await offered(lab, "scp file pve2")).toEqual(["pve2:"]);
});

it("follows the API's paths for pvesh, part by part", async () => {
  const lab = clusterOf(2);
  expect(await offered(lab, "pvesh get /no")).toEqual(["/nodes/"]);
  expect(await offered(lab, "pvesh get /nodes/")).toEqual(["/nodes/pve1/", "/nodes/pve2/"]);
  expect(await offered(lab, "pvesh get /cluster/config/n")).toEqual(["/cluster/config/nodes/"]);
  expect(await offered(lab, "pvesh get /nodes/pve1/d")).toEqual(["/nodes/pve1/disks/", "/nodes/pve1/dns"]);
  expect(await offered(lab, "pvesh get /nodes/pve1/hardware/")).toEqual([
    "/nodes/pve1/hardware/pci/",
    "/nodes/pve1/hardware/usb",
  ]);
  expect(await offered(lab, "pvesh get /version --output-format j")).toEqual(["json", "json-pretty"]);
});

it("offers units, subcommands and options where each belongs", async () => {
  const lab = freshLab(1);
  expect(await offered(lab, "systemctl restart pvep")).toEqual(["pveproxy.service"]);
  expect(await offered(lab, "journalctl -u coro")).toEqual(["corosync.service", "corosync-qdevice.service"]);
  expect(await offered(lab, "qm mig")).toEqual(["migrate"]);
  expect(await offered(lab, "qm migrate 100 x --on")).toEqual(["--online"]);
  expect(await offered(lab, "pvenode migrateall p")).toEqual([]);
  expect(await offered(clusterOf(2), "pvenode migrateall p")).toEqual(["pve2"]);
  expect(await offered(lab, "pvenode migrateall pve2 --max")).toEqual(["--maxworkers"]);
  expect(await offered(lab, "pveum po")).toEqual(["pool"]);
  expect(await offered(lab, "ip link set vm")).toEqual(["vmbr0"]);
  expect(await offered(lab, "pvecm add pve2 --link")).toEqual(["--link0", "--link1"]);
});
