/** Changes of a node's network through the API: they wait, are shown, applied or taken back. */
import { beforeEach, describe, expect, it } from "vitest";
import { readNodeFile } from "../cluster/files/node-tree.ts";
import { addressesOf } from "../cluster/host-network/node-address.ts";
import type { LabState } from "../cluster/state.ts";
import { freshLab, run } from "../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands/commands.ts";
import { runProgram } from "../commands/testing/run-program.ts";
import { readNetworkConfig, writeNetworkConfig } from "./network-interfaces.ts";

const CLUSTER = [{ name: "cluster", nic: "ens19", subnet: "10.98.7.0" }];
const NETWORK = "/nodes/pve1/network";

let lab: LabState;
beforeEach(() => {
  lab = freshLab(1, "test", CLUSTER);
});

const pvesh = async (...words: string[]) => {
  const ran = await runProgram(lab, "pve1", allCommands.pvesh!.program, ["pvesh", ...words]);
  return { ...ran, told: ran.stdout + ran.stderr };
};
const pending = () => readNodeFile(lab, "pve1", "/etc/network/interfaces.new");

describe("/nodes/{node}/network", () => {
  it("keeps a change until it is applied, and shows it to whoever reads", async () => {
    const before = addressesOf(lab, "pve1");
    expect(
      (
        await pvesh(
          "create",
          NETWORK,
          "--iface",
          "vmbr1",
          "--type",
          "bridge",
          "--cidr",
          "10.44.0.1/24",
          "--autostart",
          "1",
        )
      ).status,
    ).toBe(0);
    expect(pending()).toContain(
      "auto vmbr1\niface vmbr1 inet static\n\taddress 10.44.0.1/24\n\tbridge-ports none\n\tbridge-stp off\n\tbridge-fd 0\n",
    );
    expect(pending()).toContain("source /etc/network/interfaces.d/*\n");
    expect(addressesOf(lab, "pve1")).toEqual(before);
    const shown = JSON.parse((await pvesh("get", `${NETWORK}/vmbr1`, "--output-format", "json")).stdout);
    expect(shown).toMatchObject({
      type: "bridge",
      cidr: "10.44.0.1/24",
      address: "10.44.0.1",
      netmask: "24",
      method: "static",
    });
    expect(shown.active).toBeUndefined();
    const applied = await pvesh("set", NETWORK);
    expect(applied.stdout).toMatch(/UPID:pve1:.*:srvreload:networking:root@pam:/);
    run(lab, 5_000);
    expect(pending()).toBeUndefined();
    expect(addressesOf(lab, "pve1")).toEqual([...before, "10.44.0.1"]);
  });

  it("takes changes back", async () => {
    await pvesh("delete", `${NETWORK}/ens19`);
    expect(pending()).not.toContain("ens19");
    await pvesh("delete", NETWORK);
    expect(pending()).toBeUndefined();
    expect((await pvesh("get", `${NETWORK}/ens19`)).status).toBe(0);
  });

  it("applies what waits at a boot, too", async () => {
    await pvesh("set", `${NETWORK}/ens19`, "--type", "eth", "--cidr", "10.98.7.77/24", "--autostart", "1");
    await runProgram(lab, "pve1", allCommands.reboot!.program, ["reboot", "-f"]);
    run(lab, 20_000);
    expect(addressesOf(lab, "pve1")).toContain("10.98.7.77");
    expect(pending()).toBeUndefined();
  });

  it.each([
    [["create", NETWORK, "--iface", "vmbr0", "--type", "bridge"], "interface already exists"],
    [["set", `${NETWORK}/vmbr7`, "--type", "bridge"], "interface does not exist"],
    [["delete", `${NETWORK}/vmbr7`], "interface does not exist"],
    [
      ["create", NETWORK, "--iface", "vmbr1", "--type", "bridge", "--gateway", "10.1.1.1"],
      "Default gateway already exists on interface 'vmbr0'.",
    ],
    [
      ["create", NETWORK, "--iface", "vmbr1", "--type", "bridge", "--bridge_ports", "ens18"],
      "ens18 is already used on interface 'vmbr0'.",
    ],
    [
      ["create", NETWORK, "--iface", "vmbr1", "--type", "bridge", "--bridge_ports", "ens19"],
      "iface ens19 - ip address can't be set on interface if bridged in vmbr1",
    ],
    [
      ["create", NETWORK, "--iface", "vmbr1", "--type", "bridge", "--bridge_ports", "ens77"],
      "bridge 'vmbr1' - unable to find bridge port 'ens77'",
    ],
    [["create", NETWORK, "--iface", "ens77.5", "--type", "vlan"], "vlan 'ens77.5' - unable to find parent 'ens77'"],
    [
      ["create", NETWORK, "--iface", "vmbr1", "--type", "bridge", "--cidr", "10.1.1/24"],
      "value does not look like a valid IPv4 network",
    ],
    [
      ["create", NETWORK, "--iface", "vmbr1", "--type", "bridge", "--mtu", "100"],
      "value must have a minimum value of 1280",
    ],
    [["create", NETWORK, "--iface", "vmbr1", "--type", "bridge", "--address", "10.1.1.1"], "requires this property"],
    [["create", NETWORK, "--iface", "1x", "--type", "bridge"], "invalid network interface name '1x'"],
  ])("refuses %j, and nothing waits", async (words, why) => {
    const { status, told } = await pvesh(...words);
    expect(told).toContain(why);
    expect(status).not.toBe(0);
    expect(pending()).toBeUndefined();
  });
});

it("what is read and written again is the same configuration", () => {
  const text = readNodeFile(lab, "pve1", "/etc/network/interfaces")!;
  const once = writeNetworkConfig(readNetworkConfig(text, new Set()));
  expect(writeNetworkConfig(readNetworkConfig(once, new Set()))).toBe(once);
  const plain = (one: string) =>
    [...readNetworkConfig(one, new Set()).ifaces].map(([name, { priority: _, ...rest }]) => [name, rest]).sort();
  expect(plain(once)).toEqual(plain(text));
});
