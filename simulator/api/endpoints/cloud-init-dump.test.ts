import { expect, test } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { does } from "../../cluster/testing/guest-jobs.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { callAsRoot, findLocalEndpoint } from "../in-process.ts";
import { refusedPermission } from "../permissions.ts";

async function dump(lab: LabState, type: string, vmid = 100) {
  const path = `/nodes/pve1/qemu/${vmid}/cloudinit/dump`;
  const signal = new AbortController().signal;
  const call = { lab: fastPort(lab), node: "pve1", signal, method: "GET", path, params: { type } } as const;
  const answer = await callAsRoot(call);
  return answer.kind === "answered" ? (answer.data as string) : answer;
}

const write = (lab: LabState, path: string, text: string) =>
  createNodeFiles(fastPort(lab), "pve1").writeFile(path, new TextEncoder().encode(text));

async function labWith(options: Record<string, string>): Promise<LabState> {
  const lab = clusterOf(1);
  await write(lab, "/etc/resolv.conf", "search lab.test\nnameserver 10.99.0.2\nnameserver 10.99.0.3\n");
  does(lab, "pve1", 100, "create", options);
  return lab;
}

const CARD = "virtio=BC:24:11:00:00:01,bridge=vmbr0";

test("user data is made of the options, and the name of a domain if there is one", async () => {
  const lab = await labWith({ name: "web1", ciuser: "root", searchdomain: "example.org", ciupgrade: "0" });
  expect(await dump(lab, "user")).toBe(
    "#cloud-config\nhostname: web1\nmanage_etc_hosts: true\nfqdn: web1.example.org\nuser: root\ndisable_root: False\nchpasswd:\n  expire: False\n",
  );
  const keys = encodeURIComponent("ssh-ed25519 AAAA a@bé\n\nssh-ed25519 BBBB c@d\n");
  const other = await dump(await labWith({ ciuser: "ops", sshkeys: keys }), "user");
  expect(other).toContain("fqdn: VM100\nuser: ops\nssh_authorized_keys:\n");
  expect(other).toContain("  - ssh-ed25519 AAAA a@bé\n  - ssh-ed25519 BBBB c@d\nchpasswd:\n");
});

test("the network is that of the cards with addresses, the resolver the guest's or else the node's", async () => {
  const lab = await labWith({
    net0: CARD,
    ipconfig0: "ip=10.99.0.100/20,gw=10.99.0.1,ip6=auto",
    net1: CARD.replace("01,", "02,"),
  });
  expect(await dump(lab, "network")).toBe(`version: 1
config:
    - type: physical
      name: eth0
      mac_address: 'bc:24:11:00:00:01'
      subnets:
      - type: static
        address: '10.99.0.100'
        netmask: '255.255.240.0'
        gateway: '10.99.0.1'
      - type: ipv6_slaac
    - type: nameserver
      address:
      - '10.99.0.2'
      - '10.99.0.3'
      search:
      - 'lab.test'
`);
  does(lab, "pve1", 100, "set", { nameserver: "9.9.9.9", ipconfig0: "ip=dhcp" });
  const changed = await dump(lab, "network");
  expect(changed).toContain("      - type: dhcp4\n    - type: nameserver\n      address:\n      - '9.9.9.9'\n");
});

test("the second form is an interfaces file, and the id follows from what the other two say", async () => {
  const lab = await labWith({ citype: "configdrive2", net0: CARD, ipconfig0: "ip=10.99.0.100/24,ip6=fd00::2/64" });
  expect(await dump(lab, "network")).toBe(`auto lo
iface lo inet loopback

        dns_nameservers 10.99.0.2 10.99.0.3
        dns_search lab.test
auto eth0
iface eth0 inet static
        address 10.99.0.100
        netmask 255.255.255.0
iface eth0 inet6 static
        address fd00::2
        netmask 64
`);
  const second = (await dump(lab, "meta")) as string;
  expect(JSON.parse(second)).toMatchObject({ network_config: { content_path: "/content/0000" } });
  does(lab, "pve1", 100, "set", { citype: "nocloud" });
  const first = await dump(lab, "meta");
  expect(first).toMatch(/^instance-id: [0-9a-f]{40}\n$/);
  does(lab, "pve1", 100, "set", { ciuser: "ops" });
  expect(await dump(lab, "meta")).not.toBe(first);
});

test("an address without its prefix, an unknown type, a guest that is not there", async () => {
  const lab = await labWith({ net0: CARD, ipconfig0: "ip=10.99.0.100" });
  expect(await dump(lab, "network")).toMatchObject({ status: 500, message: "not a CIDR: 10.99.0.100" });
  expect(await dump(lab, "vendor")).toMatchObject({ status: 400 });
  expect(await dump(lab, "user", 999)).toMatchObject({
    status: 500,
    message: "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
  });
});

test("it takes VM.Audit over the guest", async () => {
  const lab = await labWith({});
  await write(lab, "/etc/pve/user.cfg", "user:eve@pve:1:0::::::\nacl:1:/vms/101:eve@pve:PVEAuditor:\n");
  const { endpoint } = findLocalEndpoint("GET", "/nodes/pve1/qemu/100/cloudinit/dump")!;
  const refused = (vmid: string) => refusedPermission(lab, "pve1", { user: "eve@pve" }, endpoint.permission, { vmid });
  expect([refused("100"), refused("101")]).toEqual(["Permission check failed (/vms/100, VM.Audit)", undefined]);
});
