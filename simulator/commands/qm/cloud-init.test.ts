import { expect, test } from "vitest";
import { does } from "../../cluster/testing/guest-jobs.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

function labOf() {
  const lab = clusterOf(2);
  does(lab, "pve1", 100, "create", { memory: "64", ciuser: "joe", ipconfig0: "ip=dhcp", cipassword: "secret" });
  return { lab, typed: (line: string, node = "pve1") => shellLine(lab, node, line) };
}

test("qm cloudinit tells what is set, without the password, and what a drive would say", async () => {
  const { typed } = labOf();
  expect(await typed("qm cloudinit pending 100")).toEqual({
    output: "cur cipassword: **********\ncur ciuser: joe\ncur ipconfig0: ip=dhcp\n",
    exit: 0,
  });
  const { output } = await typed("qm cloudinit dump 100 user");
  expect(output).toMatch(/^#cloud-config\nhostname: VM100\n(?:.*\n)*user: joe\n(?:.*\n)*\n$/);
  const api = await typed("pvesh get /nodes/pve1/qemu/100/cloudinit/dump --type user --output-format json");
  expect(`${JSON.parse(api.output)}\n`).toBe(output);
});

test("qm cloudinit update has nothing to do without a drive, and waits for no guest that is locked or not there", async () => {
  const { typed } = labOf();
  expect(await typed("qm cloudinit update 100")).toEqual({ output: "", exit: 0 });
  await typed("echo 'lock: backup' >> /etc/pve/qemu-server/100.conf");
  expect(await typed("qm cloudinit update 100")).toMatchObject({ output: "VM is locked (backup)\n", exit: 255 });
  for (const words of ["update", "pending", "dump"]) {
    expect(await typed(`qm cloudinit ${words} 101 ${words === "dump" ? "user" : ""}`)).toEqual({
      output: "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist\n",
      exit: 2,
    });
  }
});

test("a cloud-init drive is refused as not modelled, and so is its update where a file names one", async () => {
  const { typed } = labOf();
  expect((await typed("qm set 100 --ide2 local-lvm:cloudinit")).output).toContain(
    "cloud-init drives are not modelled in this simulated node\n",
  );
  await typed("echo 'ide2: local-lvm:vm-100-cloudinit,media=cdrom' >> /etc/pve/qemu-server/100.conf");
  const { output, exit } = await typed("qm cloudinit update 100");
  expect(output).toMatch(/not modelled in this simulated node/);
  expect(exit).toBe(255);
});
