import { describe, expect, it } from "vitest";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, ROOT_PASSWORD, setPaths } from "../../cluster/testing/lab-steps.ts";
import { runProgram } from "../testing/run-program.ts";
import { scp } from "./scp.ts";
import { ssh } from "./ssh.ts";

const TRUSTING = ["-o", "StrictHostKeyChecking=accept-new"];

function from(lab: LabState, node: string, argv: string[], options: Parameters<typeof runProgram>[4] = {}) {
  return runProgram(lab, node, argv[0] === "scp" ? scp : ssh, argv, options);
}

describe("ssh", () => {
  it("runs a command on another node of the cluster without a password, with its status and streams", async () => {
    const lab = clusterOf(2);
    const seen = await from(lab, "pve1", ["ssh", "-q", ...TRUSTING, "pve2", "hostname; cat; echo wrong >&2; exit 7"], {
      stdin: "from pve1\n",
    });
    expect(seen).toMatchObject({ status: 7, stdout: "pve2\nfrom pve1\n" });
    expect(seen.stderr).toMatch(/wrong\n$/);
  });

  it("asks for an unknown host's key once, in OpenSSH's words", async () => {
    const lab = clusterOf(2);
    const seen = await from(lab, "pve1", ["ssh", "pve2", "hostname"], { keys: "maybe\ryes\r" });
    expect(seen.output).toMatch(
      /^The authenticity of host 'pve2 \(10\.99\.7\.12\)' can't be established\.\nED25519 key fingerprint is SHA256:[\w+/]{43}\.\nThis key is not known by any other names\.\nAre you sure you want to continue connecting \(yes\/no\/\[fingerprint\]\)\? maybe\nPlease type 'yes', 'no' or the fingerprint: yes\nWarning: Permanently added 'pve2' \(ED25519\) to the list of known hosts\.\npve2\n$/,
    );
    expect((await from(lab, "pve1", ["ssh", "pve2", "hostname"])).output).toBe("pve2\n");
    expect(readNodeFile(lab, "pve1", "/root/.ssh/known_hosts")).toMatch(
      /^\|1\|\S+\|\S+ ssh-ed25519 AAAAC3NzaC1lZDI1NTE5/,
    );
  });

  it("asks for root's password where no cluster has brought the keys, and takes only the right one", async () => {
    const lab = freshLab(2);
    const argv = ["ssh", ...TRUSTING, "pve2", "hostname"];
    const seen = await from(lab, "pve1", argv, { keys: `nonsense\r${ROOT_PASSWORD}\r` });
    expect(seen.output).toContain("root@pve2's password: ");
    expect(seen.stderr).toContain("Permission denied, please try again.\n");
    const written = lab.nodes.pve2!.journal.filter(({ unit }) => unit === "ssh.service").map(({ text }) => text);
    expect(written.slice(-4)).toEqual([
      "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.99.7.11  user=root",
      expect.stringMatching(/^Failed password for root from 10\.99\.7\.11 port \d+ ssh2$/),
      expect.stringMatching(/^Accepted password for root from 10\.99\.7\.11 port \d+ ssh2$/),
      "pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)",
    ]);
    expect(seen).toMatchObject({ status: 0, stdout: "pve2\n" });
    expect(await from(lab, "pve1", ["ssh", "pve2", "hostname"])).toMatchObject({
      status: 255,
      stderr: "root@pve2: Permission denied (publickey,password).\n",
    });
  });

  it("says what OpenSSH says of a host that it does not reach, after a wait", async () => {
    const lab = clusterOf(2);
    setPaths(lab, ["pve1"], ["pve2"], false);
    const before = lab.nowMs;
    expect(await from(lab, "pve1", ["ssh", "pve2", "true"])).toMatchObject({
      status: 255,
      output: "ssh: connect to host pve2 port 22: No route to host\n",
    });
    expect(lab.nowMs - before).toBeGreaterThan(1_000);
    setPaths(lab, ["pve1"], ["pve2"], true);
    act(lab, "power/set", { node: "pve2", state: "hung" });
    expect((await from(lab, "pve1", ["ssh", "-o", "ConnectTimeout=5", "pve2", "true"])).output).toBe(
      "ssh: connect to host pve2 port 22: Connection timed out\n",
    );
    expect((await from(lab, "pve1", ["ssh", "elsewhere", "true"])).output).toBe(
      "ssh: Could not resolve hostname elsewhere: Name or service not known\n",
    );
  });

  it("refuses a connection to a node whose sshd is stopped", async () => {
    const lab = clusterOf(2);
    act(lab, "services/control", { node: "pve2", unit: "ssh", action: "stop" });
    const seen = await from(lab, "pve1", ["ssh", "pve2", "true"]);
    expect(seen.output).toBe("ssh: connect to host pve2 port 22: Connection refused\n");
  });
});

describe("scp", () => {
  it("copies files and folders both ways", async () => {
    const lab = clusterOf(2);
    expect(await from(lab, "pve1", ["scp", ...TRUSTING, "/etc/hostname", "pve2:/tmp/"])).toMatchObject({ status: 0 });
    expect(readNodeFile(lab, "pve2", "/tmp/hostname")).toBe("pve1\n");
    await from(lab, "pve1", ["scp", "-r", "root@pve2:/etc/network", "/tmp/theirs"]);
    expect(readNodeFile(lab, "pve1", "/tmp/theirs/interfaces")).toBe(
      readNodeFile(lab, "pve2", "/etc/network/interfaces"),
    );
  });

  it("expands patterns at the other side, and says in OpenSSH's words what cannot be copied", async () => {
    const lab = clusterOf(2);
    const scpTo = (...args: string[]) => from(lab, "pve1", ["scp", ...TRUSTING, ...args]);
    expect((await scpTo("pve2:/etc/host*", "/tmp")).status).toBe(0);
    expect(readNodeFile(lab, "pve1", "/tmp/hostname")).toBe("pve2\n");
    expect(readNodeFile(lab, "pve1", "/tmp/hosts")).toContain("pve2");
    expect(await scpTo("pve2:/etc/*.zip", "/tmp")).toMatchObject({
      status: 1,
      stderr: "scp: /etc/*.zip: No such file or directory\n",
    });
    expect(await scpTo("pve2:/etc/network", "/tmp")).toMatchObject({
      status: 1,
      stderr: "scp: download /etc/network/: not a regular file\n",
    });
    expect(await scpTo("nosuch", "pve2:/tmp")).toMatchObject({
      status: 255,
      stderr: 'scp: stat local "nosuch": No such file or directory\n',
    });
    expect(await scpTo("/etc/hostname", "pve2:/no/dir")).toMatchObject({
      status: 1,
      stderr:
        'scp: dest open "/no/dir": No such file or directory\nscp: failed to upload file /etc/hostname to /no/dir\n',
    });
  });

  it("says what is missing, and that no connection was had", async () => {
    const lab = clusterOf(2);
    const missing = await from(lab, "pve1", ["scp", ...TRUSTING, "pve2:/nosuch", "/tmp/x"]);
    expect(missing).toMatchObject({ status: 1 });
    expect(missing.stderr).toContain("scp: /nosuch: No such file or directory\n");
    setPaths(lab, ["pve1"], ["pve2"], false);
    const cut = await from(lab, "pve1", ["scp", "/etc/hostname", "pve2:/tmp/"]);
    expect(cut.stderr).toBe("ssh: connect to host pve2 port 22: No route to host\nscp: Connection closed\n");
    expect(cut.status).toBe(255);
  });
});
