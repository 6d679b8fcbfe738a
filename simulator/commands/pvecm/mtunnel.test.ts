/** `pvecm mtunnel` as a migration calls it. */
import { expect, it } from "vitest";
import { powerOff } from "../../cluster/power.ts";
import { clusterOf, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

it("says that the tunnel is online, and ends at quit or at the end of its input", async () => {
  const lab = freshLab(1);
  expect(await shellLine(lab, "pve1", "pvecm mtunnel")).toEqual({ output: "tunnel online\n", exit: 0 });
  const quit = await shellLine(lab, "pve1", "(echo no; echo quit) | pvecm mtunnel; echo after");
  expect(quit.output).toBe("tunnel online\nafter\n");
});

it("tells this node's address in the migration network", async () => {
  const lab = freshLab(1);
  const ask = async (rest: string) => (await shellLine(lab, "pve1", `pvecm mtunnel ${rest}`)).output;
  expect(await ask("--get_migration_ip")).toBe("no ip\n");
  expect(await ask("--get_migration_ip --migration_network 10.99.7.0/24")).toBe("ip: '10.99.7.11'\n");
  expect(await ask("--get_migration_ip --migration_network 10.98.7.0/24")).toBe(
    "could not get migration ip: no IP address configured on local node for network '10.98.7.0/24'\n",
  );
  await shellLine(lab, "pve1", "echo 'migration: secure,network=10.99.7.0/24' >> /etc/pve/datacenter.cfg");
  expect(await ask("--get_migration_ip")).toBe("ip: '10.99.7.11'\n");
});

it("refuses what does not fit together, and says what is not modelled", async () => {
  const lab = freshLab(1);
  const ask = (rest: string) => shellLine(lab, "pve1", `pvecm mtunnel ${rest}`);
  expect(await ask("--get_migration_ip --run-command")).toEqual({
    output: "cannot use --run-command with --get_migration_ip\n",
    exit: 255,
  });
  expect(await ask("--run-command")).toEqual({ output: "missing command\n", exit: 255 });
  expect(await ask("--run-command -- cat")).toEqual({
    output: "10.99.7.11\n60000\ntimed out waiting for client\n",
    exit: 255,
  });
  expect((await ask("--migration_network here")).output).toContain("value does not look like a valid CIDR network");
});

it("answers without quorum, and opens nothing", async () => {
  const lab = clusterOf(2);
  powerOff(lab, "pve2");
  run(lab, 15_000);
  expect(await shellLine(lab, "pve1", "pvecm mtunnel")).toEqual({ output: "no quorum\n", exit: 0 });
});
