import { describe, expect, test } from "vitest";
import { act } from "../../cluster/stepping.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";
import { pvesm } from "./pvesm.ts";

const SERVER = "10.99.7.5";

function labOf() {
  const lab = clusterOf(2);
  const took = async (line: string) => {
    const before = lab.nowMs;
    const { output, exit } = await shellLine(lab, "pve1", line);
    return { output, exit, seconds: (lab.nowMs - before) / 1000 };
  };
  return { lab, took, scan: (words: string) => runProgram(lab, "pve1", pvesm, `pvesm scan ${words}`.split(" ")) };
}

describe("pvesm scan", () => {
  test("finds the exports of the lab's server, its own volume group and that group's pool", async () => {
    const { scan } = labOf();
    expect(await scan(`nfs ${SERVER}`)).toMatchObject({ status: 0, stdout: "/export/guests *\n", stderr: "" });
    expect((await scan("lvm")).output).toBe("pve\n");
    expect((await scan("lvmthin pve")).output).toBe("data\n");
    expect(await scan("zfs")).toMatchObject({ status: 0, output: "" });
  });

  test("ends as showmount does when the server is off, and after as long", async () => {
    const { lab, took } = labOf();
    act(lab, "storage/server", { address: SERVER, up: false });
    const line = `pvesm scan nfs ${SERVER}`;
    const silent = `clnt_create: RPC: Unable to receive\ncommand '/sbin/showmount --no-headers --exports ${SERVER}' failed: exit code 1\n`;
    const off = await took(line);
    expect([off.output, off.exit]).toEqual([silent, 1]);
    expect(off.seconds).toBeGreaterThan(6);
    act(lab, "storage/server", { address: SERVER, up: true });
    expect((await took(line)).exit).toBe(0);
    const other = await took("pvesm scan nfs pve2");
    expect([other.output, other.exit]).toEqual([silent.replace(SERVER, "10.99.7.12"), 1]);
    expect(other.seconds).toBeLessThan(6);
  });

  test("tells a server that nobody routes to from one that a filter drops packets to", async () => {
    const { took } = labOf();
    expect(await took("ip route del default; showmount -e 10.98.7.9")).toMatchObject({
      output: "clnt_create: RPC: Unable to send\n",
      exit: 1,
    });
    expect((await took(`iptables -A OUTPUT -p tcp --dport 111 -j DROP; showmount -e ${SERVER}`)).output).toBe(
      "clnt_create: RPC: Timed out\n",
    );
    expect((await took(`iptables -F; showmount -e ${SERVER}`)).output).toBe(
      `Export list for ${SERVER}:\n/export/guests *\n`,
    );
  });

  test("finds no share, no target and no volume, as the real one does where nothing listens", async () => {
    const { scan } = labOf();
    for (const words of [`cifs ${SERVER}`, "cifs pve2 --username joe", `iscsi ${SERVER}`, `glusterfs ${SERVER}`]) {
      expect([words, await scan(words)]).toEqual([words, expect.objectContaining({ status: 0, output: "" })]);
    }
  });

  // Typed on pve-storage 8.3.8, but for the group's name.
  test.each([
    ["nfs nosuch.invalid", 11, "unable to resolve address for server 'nosuch.invalid'\n"],
    ["cifs nosuch", 11, "unable to resolve address for server 'nosuch'\n"],
    [
      "iscsi nosuch",
      255,
      "400 Parameter verification failed.\nportal: unable to resolve portal address 'nosuch'\npvesm scan iscsi <portal>\n",
    ],
    [
      "iscsi bad:port:x",
      255,
      "400 Parameter verification failed.\nportal: invalid format - value does not look like a valid portal address\n\npvesm scan iscsi <portal>\n",
    ],
    [
      "pbs 127.0.0.1 root@pam --password x",
      111,
      "error fetching datastores - 500 Can't connect to 127.0.0.1:8007 (Connection refused)\n",
    ],
    ["lvmthin", 255, "400 not enough arguments\npvesm scan lvmthin <vg>\n"],
    [
      "lvmthin other",
      5,
      `  Volume group "other" not found\n  Cannot process volume group other\ncommand '/sbin/lvs --separator : --noheadings --units b --unbuffered --nosuffix --config 'report/time_format="%s"' --options vg_name,lv_name,lv_size,lv_attr,pool_lv,data_percent,metadata_percent,snap_percent,uuid,tags,metadata_size,time other' failed: exit code 5\n`,
    ],
  ])("%s is refused", async (words, status, output) => {
    expect(await labOf().scan(words)).toMatchObject({ status, output });
  });

  test("is what the API answers", async () => {
    const { took } = labOf();
    const get = async (path: string) => {
      const { output } = await took(`pvesh get /nodes/pve2/scan/${path} --output-format json`);
      return JSON.parse(output) as Record<string, unknown>[];
    };
    expect(await get(`nfs --server ${SERVER}`)).toEqual([{ path: "/export/guests", options: "*" }]);
    expect(await get("lvm")).toEqual([{ vg: "pve", size: expect.any(Number), free: expect.any(Number), lvcount: 3 }]);
    expect(await get("lvmthin --vg pve")).toMatchObject([{ lv: "data", vg: "pve", lv_type: "t" }]);
  });

  test("of a backup server says where something else listens that its answer is not modelled", async () => {
    const { scan } = labOf();
    for (const server of ["127.0.0.1", "pve2", SERVER]) {
      const port = server === SERVER ? 2049 : 8006;
      const { output, status } = await scan(`pbs ${server} u --password x --port ${port}`);
      expect(output).toContain(`on port ${port} is not modelled in this simulated node`);
      expect(status).not.toBe(0);
    }
    expect((await scan("pbs 127.0.0.1 u --password x --port 8007")).output).toContain("(Connection refused)");
  });
});

describe("the storage server on the network", () => {
  test("answers ping, listens for NFS and for nothing else, until it is off", async () => {
    const { lab, took } = labOf();
    const ping = `ping -c1 -W1 ${SERVER} | grep -o '[01] received'`;
    expect((await took(ping)).output).toBe("1 received\n");
    const probe = (port: number) => took(`nc -zv -w5 ${SERVER} ${port}`);
    expect((await probe(2049)).output).toContain("succeeded");
    expect((await probe(22)).output).toContain("Connection refused");
    expect((await took(`arping -c1 -w2 ${SERVER}`)).output).toContain("Received 1 response(s)");
    act(lab, "storage/server", { address: SERVER, up: false });
    expect((await took(ping)).output).toBe("0 received\n");
    expect((await probe(2049)).output).toContain("No route to host");
  });

  test("is away for a node alone whose way is cut", async () => {
    const { lab } = labOf();
    act(lab, "storage/cut", { address: SERVER, node: "pve2", cut: true });
    expect((await shellLine(lab, "pve1", `ping -c1 -W1 ${SERVER}`)).exit).toBe(0);
    expect((await shellLine(lab, "pve2", `ping -c1 -W1 ${SERVER}`)).exit).toBe(1);
  });
});
