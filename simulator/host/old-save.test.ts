/** Labs that older versions really saved are opened by this one, and work. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readNodeFile } from "../cluster/files/node-tree.ts";
import { pmxcfsFile } from "../cluster/pmxcfs/pmxcfs-view.ts";
import { act } from "../cluster/stepping.ts";
import { run } from "../cluster/testing/lab-steps.ts";
import { publicLine, readPublicLine } from "../keys/openssh-key.ts";
import { LocalLabHouse } from "./lab-house.ts";
import { LabStore } from "./lab-store.ts";

const SAVES = fileURLToPath(new URL("../recordings/saves/", import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "quorate-old-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The save as that version left it, in a folder of its own. */
function laidOut(save: string): string {
  const folder = join(directory, "old");
  cpSync(join(SAVES, save), folder, { recursive: true });
  writeFileSync(join(folder, "snapshot.json"), gunzipSync(readFileSync(join(folder, "snapshot.json.gz"))));
  return folder;
}

const saves = readdirSync(SAVES, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

describe.each(saves)("the lab saved by %s", (save) => {
  it("is restored with its files, its cluster, and what was done after its snapshot", () => {
    const lab = new LabStore(laidOut(save)).restore()!.lab;
    expect(readNodeFile(lab, "pve2", "/root/note.txt")).toBe("written by an older version\n");
    expect(pmxcfsFile(lab, "pve2", "later.txt")).toBe("an input after the snapshot\n");
    expect(lab.nodes.pve2!.pmxcfs).toMatchObject({ quorate: true, clusterInfo: { name: "lab" } });
  });

  it("has root's and the host's RSA keys on its disks, those that its cluster knows", () => {
    const lab = new LabStore(laidOut(save)).restore()!.lab;
    for (const node of ["pve1", "pve2"]) {
      const key = readPublicLine(readNodeFile(lab, node, "/root/.ssh/id_rsa.pub")!)!;
      expect(key).toMatchObject({ type: "ssh-rsa", bits: 3072, comment: `root@${node}` });
      expect(pmxcfsFile(lab, "pve1", "priv/authorized_keys")).toContain(publicLine(key));
      const host = readPublicLine(readNodeFile(lab, node, "/etc/ssh/ssh_host_rsa_key.pub")!)!;
      expect(pmxcfsFile(lab, "pve2", `nodes/${node}/ssh_known_hosts`)).toContain(host.blob.toString("base64"));
    }
  });

  it("goes on: a guest is made, and a node notices that the other is gone", () => {
    const lab = new LabStore(laidOut(save)).restore()!.lab;
    const params = { memory: "256", scsi0: "local-lvm:1" };
    act(lab, "guests/act", { node: "pve1", vmid: 100, action: "create", params, program: "qm" });
    run(lab, 5_000);
    expect(pmxcfsFile(lab, "pve2", "nodes/pve1/qemu-server/100.conf")).toContain("memory: 256");
    act(lab, "power/set", { node: "pve2", state: "off" });
    run(lab, 30_000);
    expect(lab.nodes.pve1!.pmxcfs.quorate).toBe(false);
  });

  it("is reached at its doors without a fault", async () => {
    laidOut(save);
    const faults: string[] = [];
    const log = { info: () => {}, error: (message: string, error: unknown) => void faults.push(`${message} ${error}`) };
    const house = new LocalLabHouse({ directory, log });
    const { nodes } = await house.describe("old");
    expect(nodes.map((node) => node.name)).toEqual(["pve1", "pve2"]);
    expect(await house.notice("old")).toBeUndefined();
    await house.stop();
    expect(faults).toEqual([]);
  });
});

it("a lab of a newer version is kept unread, a fresh one opens, and its owner is told until it is changed", async () => {
  const folder = laidOut(saves[0]!);
  const snapshot = JSON.parse(readFileSync(join(folder, "snapshot.json"), "utf8")) as { lab: { format: number } };
  snapshot.lab.format = 999;
  writeFileSync(join(folder, "snapshot.json"), JSON.stringify(snapshot));
  const faults: string[] = [];
  const log = { info: () => {}, error: (message: string, error: unknown) => void faults.push(`${message} ${error}`) };
  const house = new LocalLabHouse({ directory, log });
  expect((await house.describe("old")).nodes).toHaveLength(2);
  const notice = await house.notice("old");
  expect(notice).toMatchObject({ kind: "fresh" });
  expect(JSON.parse(readFileSync(join(notice!.keptIn, "snapshot.json"), "utf8"))).toEqual(snapshot);
  expect(faults.join()).toContain("has format 999");
  await house.change("old", { to: "fresh", label: "read" });
  expect(await house.notice("old")).toBeUndefined();
  await house.stop();
});
