import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readNodeFile } from "../cluster/files/node-tree.ts";
import type { LabState } from "../cluster/state.ts";
import { clusterOf, run, setPaths } from "../cluster/testing/lab-steps.ts";
import { mountedSpace } from "../commands/coreutils/df.ts";
import { fastPort } from "../commands/testing/run-program.ts";
import { generateHostKey } from "../keys/host-key.ts";
import { type SshDoor, startSshDoor } from "./ssh-door.ts";

const PASSWORD = "correct-horse";
const installed = ["sftp", "scp"].every((name) => {
  try {
    return execFileSync("which", [name]).length > 0;
  } catch {
    return false;
  }
});

let folder: string;
let door: SshDoor;
let lab: LabState;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "quorate-sftp-"));
  lab = clusterOf(3);
  door = await startSshDoor({
    node: "pve3",
    port: fastPort(lab),
    host: "127.0.0.1",
    listenPort: 0,
    hostKey: generateHostKey(),
    password: PASSWORD,
  });
  const askpass = join(folder, "askpass");
  writeFileSync(askpass, `#!/bin/sh\necho ${PASSWORD}\n`);
  chmodSync(askpass, 0o700);
});

afterEach(async () => {
  await door.close();
  rmSync(folder, { recursive: true });
});

/** Run OpenSSH's own client against the door. */
function client(name: string, args: string[], stdin = ""): Promise<{ status: number; output: string }> {
  const options = [
    ...["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"],
    ...["PreferredAuthentications=password", "NumberOfPasswordPrompts=1"],
  ].flatMap((option) => ["-o", option]);
  return new Promise((resolve) => {
    const child = execFile(
      name,
      ["-P", String(door.port), ...options, ...args],
      { env: { ...process.env, SSH_ASKPASS: join(folder, "askpass"), SSH_ASKPASS_REQUIRE: "force", DISPLAY: ":0" } },
      (error, stdout, stderr) => resolve({ status: Number(error?.code ?? 0), output: stdout + stderr }),
    );
    child.stdin?.end(stdin);
  });
}

describe.skipIf(!installed)("OpenSSH's clients at a node's door", () => {
  it("scp copies files both ways, byte by byte, with mode and time", async () => {
    const local = join(folder, "data");
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256));
    writeFileSync(local, bytes);
    chmodSync(local, 0o640);
    expect(await client("scp", ["-p", local, "root@127.0.0.1:/tmp/there"])).toEqual({ status: 0, output: "" });
    expect(Buffer.from(readNodeFile(lab, "pve3", "/tmp/there")!, "latin1").equals(bytes)).toBe(true);
    const back = join(folder, "back");
    expect((await client("scp", ["-p", "root@127.0.0.1:/tmp/there", back])).status).toBe(0);
    expect(readFileSync(back).equals(bytes)).toBe(true);
    expect(statSync(back).mode & 0o777).toBe(0o640);
    expect(Math.floor(statSync(back).mtimeMs / 1000)).toBe(Math.floor(statSync(local).mtimeMs / 1000));
  });

  it("sftp lists, makes, renames, links and removes", async () => {
    const batch = [
      ...["pwd", "mkdir /tmp/d", "cd /tmp/d", "put /etc/hostname here", "rename here there"],
      ...["ln -s there link", "ls -l", "rm link", "get there /dev/null", "rmdir /nosuch"],
    ];
    const seen = await client("sftp", ["root@127.0.0.1"], `${batch.map((line) => `-${line}`).join("\n")}\n`);
    expect(seen.output).toContain("Remote working directory: /root");
    expect(seen.output).toMatch(/lrwxrwxrwx +1 root +root .* link\n-rw\S+ +1 root +root .* there/);
    expect(readNodeFile(lab, "pve3", "/tmp/d/there")).toBe(readFileSync("/etc/hostname", "latin1"));
    expect(seen.output).toMatch(/rmdir|No such file/);
  });

  it("sftp gives files second names, renames over one, and tells how much room there is as df does", async () => {
    const batch = [
      ...["cd /tmp", "put /etc/hostname one", "ln one two", "put /etc/passwd three", "rename three one", "ls -l"],
      ...["ln one /etc/pve/one", "ln /etc none", "df", "df -i /etc/pve"],
    ];
    const seen = await client("sftp", ["root@127.0.0.1"], `${batch.map((line) => `-${line}`).join("\n")}\n`);
    expect(readNodeFile(lab, "pve3", "/tmp/two")).toBe(readFileSync("/etc/hostname", "latin1"));
    expect(readNodeFile(lab, "pve3", "/tmp/one")).toBe(readFileSync("/etc/passwd", "latin1"));
    expect(lab.nodes.pve3!.files.entries["/tmp/two"]).not.toHaveProperty("links");
    expect(seen.output).toContain('remote link "/tmp/one" to "/etc/pve/one": Failure');
    expect(seen.output).toContain('remote link "/etc" to "/tmp/none": Permission denied');
    const root = mountedSpace({ lab: fastPort(lab), node: "pve3" }).find(({ at }) => at === "/")!;
    expect(seen.output).toMatch(
      new RegExp(`^ +${root.sizeKb} +${4 * Math.ceil(root.usedKb / 4)} +\\d+ +\\d+ +\\d+%$`, "m"),
    );
    expect(seen.output).toMatch(/^ +262144 +\d+ +\d+ +\d+ +0%$/m);
  });

  it("copies a folder, and cannot write to /etc/pve without a quorum", async () => {
    expect((await client("scp", ["-r", "root@127.0.0.1:/etc/pve/nodes", folder])).status).toBe(0);
    expect(readFileSync(join(folder, "nodes/pve3/pve-ssl.pem"), "utf8")).not.toBe("");
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 30_000);
    const seen = await client("scp", ["/etc/hostname", "root@127.0.0.1:/etc/pve/note"]);
    expect(seen.status).not.toBe(0);
    expect(seen.output).toContain("Permission denied");
    expect(readNodeFile(lab, "pve3", "/etc/pve/note")).toBeUndefined();
  });
});
