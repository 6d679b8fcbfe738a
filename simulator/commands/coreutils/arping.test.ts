import { expect, it } from "vitest";
import { act } from "../../cluster/stepping.ts";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

const CLUSTER = [{ name: "cluster", nic: "ens19", subnet: "10.98.7.0" }];
const MAC = "\\[[0-9A-F:]{17}\\] {2}\\d\\.\\d{3}ms";

it("is answered by whoever has an address, by two when two have it, and by nobody else", async () => {
  const lab = freshLab(3, "test", CLUSTER);
  const one = await shellLine(lab, "pve1", "arping -c 2 10.99.7.12");
  expect(one.output).toMatch(
    new RegExp(
      `^ARPING 10.99.7.12 from 10.99.7.11 vmbr0\n(?:Unicast reply from 10.99.7.12 ${MAC}\n){2}Sent 2 probes \\(1 broadcast\\(s\\)\\)\nReceived 2 response\\(s\\)\n$`,
    ),
  );
  expect(one.exit).toBe(0);
  expect(await shellLine(lab, "pve1", "arping -c 2 10.99.7.99")).toEqual({
    output: "ARPING 10.99.7.99 from 10.99.7.11 vmbr0\nSent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n",
    exit: 1,
  });
  const address = { address: "10.99.7.12", prefixLength: 24, scope: "global", label: "vmbr0" } as const;
  act(lab, "network/change", { node: "pve3", change: { op: "add-address", device: "vmbr0", address } });
  const both = await shellLine(lab, "pve1", "arping -c 1 10.99.7.12");
  expect(both.output.match(/Unicast reply/g)).toHaveLength(2);
  const taken = await shellLine(lab, "pve1", "arping -D -c 2 -I vmbr0 10.99.7.13");
  expect(taken.exit).toBe(1);
  expect(taken.output).toContain("ARPING 10.99.7.13 from 0.0.0.0 vmbr0\n");
  expect((await shellLine(lab, "pve1", "arping -D -c 1 -I vmbr0 10.99.7.77")).exit).toBe(0);
});

it("asks a device's own segment alone, and refuses a device that is not there", async () => {
  const lab = freshLab(2, "test", CLUSTER);
  expect((await shellLine(lab, "pve1", "arping -c 1 -I ens19 10.98.7.12")).exit).toBe(0);
  act(lab, "network/unplug", { node: "pve2", network: "cluster", unplugged: true });
  // A node answers for any of its addresses, and no cable leads there any more.
  expect((await shellLine(lab, "pve1", "arping -c 1 -I ens19 10.98.7.12")).exit).toBe(1);
  expect(await shellLine(lab, "pve1", "arping -c 1 -I eth9 10.98.7.12")).toEqual({
    output: "arping: Device eth9 not available.\n",
    exit: 2,
  });
});
