import { describe, expect, it } from "vitest";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { pvecm } from "../pvecm/pvecm.ts";
import { pveum } from "../pveum/pveum.ts";
import { qm } from "../qm/qm.ts";
import { runProgram } from "../testing/run-program.ts";

const call = (line: string) => {
  const argv = line.split(" ");
  return runProgram(freshLab(1), "pve1", { pvecm, pveum, qm }[argv[0] as "qm"], argv);
};

describe("words of Proxmox's commands", () => {
  it("may be as short as they are clear", async () => {
    expect((await call("pveum u l --output-format json")).stdout).toContain('"userid":"root@pam"');
    expect((await call("qm conf 100")).stderr).toContain("qemu-server/100.conf' does not exist");
    const seen = await call("qm sta 100");
    expect([seen.status, seen.stderr.split("\n")[0]]).toEqual([255, "ERROR: incomplete command 'qm sta'"]);
  });

  it("stand for others, whose name a refusal shows", async () => {
    expect((await call("qm move_disk 100")).stderr).toBe(
      "400 not enough arguments\nqm disk move <vmid> <disk> [<storage>] [OPTIONS]\n",
    );
    expect((await call("pveum useradd")).stderr).toContain("pveum user add <userid> [OPTIONS]\n");
  });

  it("are told apart when they are half, unknown or missing", async () => {
    const half = await call("qm disk");
    expect(half.stderr).toMatch(
      /^ERROR: incomplete command 'qm disk'\nUSAGE: qm <COMMAND> \[ARGS\] \[OPTIONS\]\n\n {7}qm disk /,
    );
    expect(half.stderr).not.toContain("qm start");
    expect((await call("qm disk nosuch")).stderr).toMatch(/^ERROR: unknown command 'qm disk nosuch'\n/);
    expect((await call("pvecm")).stderr).toMatch(/^ERROR: no command specified\n/);
    expect((await call("qm --help")).stderr).toMatch(/^ERROR: unknown command 'qm --help'\n/);
    expect(await call("qm cleanup 100 1 0")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("'cleanup' is not modelled"),
    });
  });

  it("are explained by help", async () => {
    expect((await call("pvecm help --verbose 0")).stdout).toContain("       pvecm delnode <node>\n");
    expect((await call("pvecm help")).stdout).toContain("\nUSAGE: pvecm delnode <node>\n\n  <node>     <string>\n");
    expect(await call("qm help nosuch")).toMatchObject({
      status: 255,
      stderr: expect.stringMatching(/^ERROR: unknown command 'nosuch'\nUSAGE: qm <COMMAND>/),
    });
    const one = await call("qm help resize");
    expect(one.stdout).toMatch(/^USAGE: qm disk resize <vmid> <disk> <size> \[OPTIONS\]\n\n {2}<vmid> +<integer>/);
    expect(one.status).toBe(0);
  });
});

describe("commands that a real node has and the model lacks", () => {
  it("have their arguments looked at before they say so", async () => {
    expect(await call("qm importovf 100")).toMatchObject({
      status: 255,
      stderr: "400 not enough arguments\nqm importovf <vmid> <manifest> <storage> [OPTIONS]\n",
    });
    expect((await call("qm importovf 100 /x local --format iso")).stderr).toBe(
      "400 Parameter verification failed.\nformat: value 'iso' does not have a value in the enumeration 'raw, qcow2, vmdk'\nqm importovf <vmid> <manifest> <storage> [OPTIONS]\n",
    );
    expect((await call("qm importovf 100 /x local")).stderr).toContain("'importovf' is not modelled");
  });

  it("are listed by usage, in Proxmox's order with its empty lines", async () => {
    expect((await call("pvecm nosuch")).stderr).toContain(
      "       pvecm qdevice setup <address> [OPTIONS]\n\n       pvecm addnode <node> [OPTIONS]\n",
    );
    expect((await call("qm disk")).stderr).toContain(
      "       qm disk unlink <vmid> --idlist <string> [OPTIONS]\n       qm disk import ",
    );
  });

  it("leave options that the model lacks to a word of their own", async () => {
    expect(await call("qm start 100 --migration_network 10.0.0.0/8")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("'start --migration_network' is not modelled"),
    });
  });
});

describe("options of Proxmox's commands", () => {
  it("that are switches take the word behind them", async () => {
    const seen = await call("qm stop --skiplock 100");
    expect(seen.stderr).toBe("400 not enough arguments\nqm stop <vmid> [OPTIONS]\n");
    expect((await call("qm stop 100 --skiplock maybe")).stderr).toBe(
      "400 unable to parse boolean option\nqm stop <vmid> [OPTIONS]\n",
    );
    expect((await call("qm stop 100 --skiplock --timeout 5")).stderr).toContain("unable to find configuration");
  });

  it("are told all at once when they are unknown, whatever their case", async () => {
    expect((await call("qm stop 100 --Foo 1 --BAR 2")).stderr).toBe(
      "Unknown option: foo\nUnknown option: bar\n400 unable to parse option\nqm stop <vmid> [OPTIONS]\n",
    );
    expect((await call("qm stop 100 --Timeout five")).stderr).toContain("timeout: type check ('integer') failed");
    expect((await call("qm stop 100 --timeout")).stderr).toBe(
      "Option timeout requires an argument\n400 unable to parse option\nqm stop <vmid> [OPTIONS]\n",
    );
  });
});
