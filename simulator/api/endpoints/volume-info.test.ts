import { expect, test } from "vitest";
import { act } from "../../cluster/stepping.ts";
import { does } from "../../cluster/testing/guest-jobs.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { shellLine } from "../../commands/testing/shell-line.ts";
import { callAsRoot, findLocalEndpoint } from "../in-process.ts";

function labOf() {
  const lab = clusterOf(2);
  does(lab, "pve1", 100, "create", { memory: "64", scsi0: "local-lvm:2" });
  const get = async (path: string, params: Record<string, string> = {}) => {
    const signal = new AbortController().signal;
    const answer = await callAsRoot({ lab: fastPort(lab), node: "pve1", signal, method: "GET", path, params });
    return answer.kind === "answered" ? answer.data : answer;
  };
  return { lab, get, volume: (id: string, storage: string) => get(`/nodes/pve1/storage/${storage}/content/${id}`) };
}

test("a volume tells where it is and how big", async () => {
  const { lab, volume } = labOf();
  expect(await volume("vm-100-disk-0", "local-lvm")).toEqual({
    path: "/dev/pve/vm-100-disk-0",
    size: 2 * 1024 ** 3,
    used: 0,
    format: "raw",
  });
  await shellLine(lab, "pve1", "pvesm add dir ldir --path /srv/disks --content images; pvesm alloc ldir 100 a.raw 1G");
  const line = "pvesh get /nodes/pve1/storage/ldir/content/ldir:100/a.raw --output-format json";
  const { output } = await shellLine(lab, "pve1", line);
  expect(JSON.parse(output)).toMatchObject({
    path: "/srv/disks/images/100/a.raw",
    size: 1024 ** 3,
    format: "raw",
  });
});

// Typed on pve-storage 8.3.8, but for the thin volume.
test.each([
  ["x", "local", "unable to parse directory volume name 'x'"],
  ["iso", "nosuch", "storage 'nosuch' does not exist"],
  ["local:nosuch", "local", "unable to parse directory volume name 'nosuch'"],
  [
    "vm-100-disk-9",
    "local-lvm",
    `can't get size of '/dev/pve/vm-100-disk-9':   Failed to find logical volume "pve/vm-100-disk-9"`,
  ],
])("%s on %s is refused", async (id, storage, message) => {
  expect(await labOf().volume(id, storage)).toMatchObject({ status: 500, message });
});

test("one that is not there, and one of another storage, are told apart", async () => {
  const { lab } = labOf();
  const get = (path: string) => shellLine(lab, "pve1", `pvesh get /nodes/pve1/storage/local/content/${path}`);
  expect((await get("local:100/vm-100-disk-9.raw")).output).toBe(
    "failed to stat '/var/lib/vz/images/100/vm-100-disk-9.raw'\nvolume_size_info on 'local:100/vm-100-disk-9.raw' failed - no format\n",
  );
  expect((await get("other:iso")).output).toContain("volume: storage ID mismatch (other != local)\n");
});

test("a storage whose server is off is asked in vain", async () => {
  const { lab, volume } = labOf();
  await shellLine(lab, "pve1", "pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  await shellLine(lab, "pve1", "pvesm alloc shared 101 vm-101-disk-0.raw 1M");
  act(lab, "storage/server", { address: "10.99.7.5", up: false });
  expect(await volume("shared:101/vm-101-disk-0.raw", "shared")).toMatchObject({ status: 500 });
});

test("no backup is there to be looked into", async () => {
  const { get } = labOf();
  const look = (volume: string) => get("/nodes/pve1/vzdump/extractconfig", { volume });
  for (const [volume, message] of [
    ["local:iso/x.iso", "unable to use volume local:iso/x.iso - content type needs to be 'backup'"],
    ["local:backup/vzdump-qemu-1.vma", "volume 'local:backup/vzdump-qemu-1.vma' does not exist"],
    ["nosuch:backup/x", "storage 'nosuch' does not exist"],
    ["x", "unable to parse volume ID 'x'"],
  ]) {
    expect(await look(volume!)).toMatchObject({ status: 500, message });
  }
});

test("the builtin notifications and what a matcher can look at are told one by one", async () => {
  const { get } = labOf();
  expect(await get("/cluster/notifications/endpoints/sendmail/mail-to-root")).toMatchObject({ origin: "builtin" });
  expect(await get("/cluster/notifications/matchers/default-matcher")).toMatchObject({ mode: "all" });
  expect(await get("/cluster/notifications/matchers/nosuch")).toMatchObject({ status: 404 });
  expect(await get("/cluster/notifications/matcher-field-values")).toContainEqual({ value: "pve2", field: "hostname" });
  expect(await get("/cluster/acme/account/default")).toMatchObject({
    status: 400,
    errors: { name: "ACME account config file 'default' does not exist." },
  });
  expect(findLocalEndpoint("GET", "/cluster/acme/plugins/x")?.endpoint.permission).toMatchObject({
    path: "/",
    privilege: ["Sys.Modify"],
  });
});
