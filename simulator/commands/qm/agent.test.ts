import { expect, test } from "vitest";
import { does } from "../../cluster/testing/guest-jobs.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

function labOf(options: Record<string, string> = {}) {
  const lab = clusterOf(1);
  does(lab, "pve1", 100, "create", { memory: "64", cores: "2", scsi0: "local-lvm:1", ...options });
  return { lab, typed: (line: string) => shellLine(lab, "pve1", line) };
}

test("an agent tells its guest's processors, clock and state, as Perl's JSON writes them", async () => {
  const { typed } = labOf({ agent: "1" });
  await typed("qm start 100; sleep 30");
  expect(await typed("qm guest cmd 100 get-vcpus")).toEqual({
    output:
      '[\n   {\n      "can-offline" : false,\n      "logical-id" : 0,\n      "online" : true\n   },\n   {\n      "can-offline" : true,\n      "logical-id" : 1,\n      "online" : true\n   }\n]\n',
    exit: 0,
  });
  expect((await typed("qm guest cmd 100 get-timezone")).output).toBe('{\n   "offset" : 0,\n   "zone" : "UTC"\n}\n');
  expect((await typed("qm agent 100 fsfreeze-status")).output).toBe("thawed\n");
  expect((await typed("qm agent 100 ping")).output).toBe("");
  expect((await typed("qm guest exec 100 -- hostname")).output).toContain('"exitcode" : 0');
  const told = await typed("pvesh get /nodes/pve1/qemu/100/agent/get-vcpus --output-format json");
  expect(JSON.parse(told.output)).toEqual({ result: [expect.anything(), expect.anything()] });
  expect((await typed("qm guest cmd 100 get-users")).output).toContain("is not modelled");
});

test("why an agent cannot be asked is told of every question, before what is not modelled", async () => {
  const { typed } = labOf({ agent: "1" });
  for (const question of ["ping", "get-users", "fstrim"]) {
    expect((await typed(`qm guest cmd 100 ${question}`)).output).toBe("VM 100 is not running\n");
  }
  const api = await typed("pvesh create /nodes/pve1/qemu/100/agent --command get-fsinfo");
  expect(api.output).toBe("VM 100 is not running\n");
  const none = labOf();
  expect(await none.typed("qm guest cmd 100 get-users")).toEqual({
    output: "No QEMU guest agent configured\n",
    exit: 255,
  });
});

test("a start with more processors than the node has is refused, and no agent tells more than that", async () => {
  const { lab, typed } = labOf({ agent: "1" });
  await typed("qm set 100 --cores 5000");
  expect(await typed("qm start 100")).toEqual({ output: "MAX 2 vcpus allowed per VM on this node\n", exit: 255 });
  expect((await typed("qm status 100")).output).toBe("status: stopped\n");
  await typed("qm set 100 --cores 1 --sockets 3");
  expect((await typed("qm start 100")).output).toBe("MAX 2 vcpus allowed per VM on this node\n");
  await typed("qm set 100 --cores 1 --sockets 2 && qm start 100; sleep 30");
  const file = "/etc/pve/qemu-server/100.conf";
  await typed(`sed -i -e 's/^cores:.*/cores: 3000000/' -e '1i vcpus: 3000000' ${file}`);
  const count = async () => {
    const { output } = await typed("qm guest cmd 100 get-vcpus | grep -c logical-id");
    return output;
  };
  expect(await count()).toBe("2\n");
  // Should a running guest ever have more in its configuration, the list still ends.
  lab.nodes.pve1!.qemu[100]!.config += "cores: 3000000\nvcpus: 3000000\n";
  expect(await count()).toBe("2\n");
});
