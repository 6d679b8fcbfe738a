/** What follows for others when the addresses and routes of a node change. */
import { describe, expect, it } from "vitest";
import { isQuorate } from "../corosync/view.ts";
import { reachApi } from "../join/reach.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { change, clusterOf, freshLab, run, runUntil } from "../testing/lab-steps.ts";
import { ipWords } from "./ip-words.ts";
import { addressesOf } from "./node-address.ts";
import { arrivalAt, reachesHost } from "./reaching.ts";

const CLUSTER = [{ name: "cluster", nic: "ens19", subnet: "10.98.7.0" }];

/** `ip ...` on a node. */
function ip(lab: LabState, node: string, line: string): void {
  const changes = ipWords(line.split(" "));
  expect(changes, line).toBeDefined();
  for (const one of changes!) act(lab, "network/change", { node, change: one });
}

describe("an address that is taken away", () => {
  it("takes corosync's link and the API with it, and brings them back when it returns", () => {
    const lab = clusterOf(3);
    ip(lab, "pve3", "address del 10.99.7.13/24 dev vmbr0");
    expect(reachApi(lab, "pve1", "10.99.7.13")).toMatchObject({ state: "closed", reason: "No route to host" });
    expect(reachApi(lab, "pve3", "10.99.7.11")).toMatchObject({ state: "closed", reason: "Network is unreachable" });
    runUntil(lab, () => !isQuorate(lab, "pve3") || undefined, 20_000);
    expect(isQuorate(lab, "pve1")).toBe(true);
    ip(lab, "pve3", "address add 10.99.7.13/24 dev vmbr0");
    runUntil(lab, () => isQuorate(lab, "pve3") || undefined, 20_000);
    expect(reachApi(lab, "pve1", "10.99.7.13").state).toBe("open");
  });

  it("is back after a reboot, and what was added is not", () => {
    const lab = freshLab(1, "test", CLUSTER);
    const before = structuredClone(lab.nodes.pve1!.net);
    ip(lab, "pve1", "address flush dev ens19");
    ip(lab, "pve1", "address add 10.1.1.1/24 dev vmbr0");
    ip(lab, "pve1", "link add vmbr5 type bridge");
    act(lab, "power/shutdown", { node: "pve1", reboot: true, delayMs: 0, force: true });
    run(lab, 5_000);
    expect(addressesOf(lab, "pve1")).toEqual([]);
    runUntil(lab, () => addressesOf(lab, "pve1").length > 0 || undefined);
    expect(lab.nodes.pve1!.net).toEqual(before);
  });
});

describe("a packet", () => {
  it("arrives where an address is now, over whatever route the node has, and only with a way back", () => {
    const lab = freshLab(2, "test", CLUSTER);
    expect(arrivalAt(lab, "pve1", "10.98.7.12")).toEqual({ kind: "node", node: "pve2", network: "cluster" });
    expect(arrivalAt(lab, "pve1", "10.99.7.11")).toEqual({ kind: "self" });
    ip(lab, "pve2", "address add 10.77.0.2/24 dev ens19");
    // The default route leads to a gateway that nobody is.
    expect(arrivalAt(lab, "pve1", "10.77.0.2")).toMatchObject({ kind: "nobody", network: "lan" });
    ip(lab, "pve1", "route add 10.77.0.0/24 dev ens19");
    expect(arrivalAt(lab, "pve1", "10.77.0.2")).toEqual({ kind: "node", node: "pve2", network: "cluster" });
    ip(lab, "pve2", "route add blackhole 10.98.7.11");
    expect(arrivalAt(lab, "pve1", "10.77.0.2")).toMatchObject({ kind: "nobody", network: "cluster" });
    ip(lab, "pve1", "route replace unreachable 10.77.0.0/24");
    expect(arrivalAt(lab, "pve1", "10.77.0.2")).toEqual({ kind: "refused", how: "unreachable" });
    expect(arrivalAt(lab, "pve1", "10.98.7.12", "10.1.1.1")).toEqual({ kind: "no-route" });
  });

  it("with a tag is heard by those with the same VLAN alone", () => {
    const lab = freshLab(2, "test", CLUSTER);
    for (const [node, host] of [
      ["pve1", 1],
      ["pve2", 2],
    ] as const) {
      ip(lab, node, "link add link ens19 name ens19.50 type vlan id 50");
      ip(lab, node, `address add 10.50.0.${host}/24 dev ens19.50`);
      ip(lab, node, "link set ens19.50 up");
    }
    expect(arrivalAt(lab, "pve1", "10.50.0.2")).toEqual({ kind: "node", node: "pve2", network: "cluster" });
    ip(lab, "pve2", "link del ens19.50");
    ip(lab, "pve2", "address add 10.50.0.2/24 dev ens19");
    expect(arrivalAt(lab, "pve1", "10.50.0.2")).toMatchObject({ kind: "nobody", network: "cluster" });
  });

  it("reaches a server of the network through the bridge alone that has the cable", () => {
    const lab = freshLab(1);
    const server = Object.values(lab.storage.servers)[0]!;
    expect(reachesHost(lab, "pve1", server)).toBe(true);
    ip(lab, "pve1", "link set ens18 nomaster");
    expect(reachesHost(lab, "pve1", server)).toBe(false);
    ip(lab, "pve1", "link set ens18 master vmbr0");
    ip(lab, "pve1", "address del 10.99.7.11/24 dev vmbr0");
    expect(reachesHost(lab, "pve1", server)).toBe(false);
  });
});

describe("/etc/network/interfaces", () => {
  const write = (lab: LabState, edit: (text: string) => string) => {
    const path = "/etc/network/interfaces";
    const content = edit(lab.nodes.pve1!.files.entries[path]!.content);
    expect(change(lab, "pve1", { op: "write", path, content })).toEqual({ state: "done" });
  };

  it("changes nothing until it is applied, and then the address everywhere", () => {
    const lab = freshLab(2, "test", CLUSTER);
    write(lab, (text) => text.replace("10.99.7.11/24", "10.99.7.111/24"));
    expect(arrivalAt(lab, "pve2", "10.99.7.111").kind).toBe("nobody");
    expect(act(lab, "network/interfaces", { node: "pve1", how: "reload" })).toMatchObject({ errors: [], warnings: [] });
    expect(arrivalAt(lab, "pve2", "10.99.7.111").kind).toBe("node");
    expect(arrivalAt(lab, "pve2", "10.99.7.11").kind).toBe("nobody");
  });

  it("is what networking.service applies, with its complaints in the journal", () => {
    const lab = freshLab(1, "test", CLUSTER);
    write(lab, (text) => text.replace("bridge-ports ens18", "bridge-ports ens77"));
    act(lab, "services/control", { node: "pve1", unit: "networking", action: "restart" });
    run(lab, 5_000);
    const said = lab.nodes.pve1!.journal.filter((line) => line.identifier === "networking").map((line) => line.text);
    expect(said).toEqual(["error: vmbr0: bridge port ens77 does not exist"]);
    expect(addressesOf(lab, "pve1")).toEqual(["10.98.7.11", "10.99.7.11"]);
    expect(lab.nodes.pve1!.net.devices.find((device) => device.name === "ens18")).toMatchObject({ up: false });
  });
});
