/** Labs as they are made. */
import { describe, expect, it } from "vitest";
import { globalAddresses } from "./host-network/network-stack.ts";
import { createLab } from "./lab.ts";

describe("a lab with a second network", () => {
  const options = { seed: "two", rootPassword: "x", wallMs: Date.UTC(2026, 10, 23) };
  const nodes = [11, 12].map((host, i) => ({ name: `pve${i + 1}`, address: `10.99.7.${host}` }));
  it("gives every node a NIC on it, and says so in its configuration", () => {
    const networks = [{ name: "cluster", nic: "ens19", subnet: "10.98.7.0" }];
    const lab = createLab({ ...options, nodes, networks });
    expect(lab.network.networks.cluster).toEqual({ subnet: "10.98.7.0", prefixLength: 24 });
    expect(globalAddresses(lab.nodes.pve2!.net).map(({ device, address }) => `${device} ${address}`)).toEqual([
      "ens19 10.98.7.12",
      "vmbr0 10.99.7.12",
    ]);
    expect(JSON.stringify(lab.nodes.pve2!.files)).toContain("iface ens19 inet static");
  });
  it("is as before when none is asked for", () => {
    const lab = createLab({ ...options, nodes });
    expect(Object.keys(lab.network.networks)).toEqual(["lan"]);
    expect(lab.nodes.pve1!.net.devices.map(({ name }) => name)).toEqual(["lo", "ens18", "vmbr0"]);
  });
});
