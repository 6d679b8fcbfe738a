/** Keys of one's own between nodes: made, copied, limited, configured. Texts are those of OpenSSH 9.2. */
import { describe, expect, it } from "vitest";
import { installHostKeys } from "../../cluster/accounts/ssh-keys.ts";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, ROOT_PASSWORD, setPaths } from "../../cluster/testing/lab-steps.ts";
import { generateHostKey, hostKeyFiles } from "../../keys/host-key.ts";
import type { Program } from "../../shell/process.ts";
import { runProgram } from "../testing/run-program.ts";
import { sshKeygen } from "./keygen/keygen.ts";
import { ssh } from "./ssh.ts";
import { sshCopyId } from "./ssh-copy-id.ts";
import { sshKeyscan } from "./ssh-keyscan.ts";

const PROGRAMS: Record<string, Program> = {
  ssh,
  "ssh-keygen": sshKeygen,
  "ssh-copy-id": sshCopyId,
  "ssh-keyscan": sshKeyscan,
};

function on(lab: LabState, node: string, line: string, options: Parameters<typeof runProgram>[4] = {}) {
  const argv = line.split(" ").map((word) => (word === "''" ? "" : word));
  return runProgram(lab, node, PROGRAMS[argv[0]!]!, argv, options);
}

function write(lab: LabState, node: string, path: string, content: string) {
  act(lab, "files/change", { node, change: { op: "write", path, content } });
}

const TRUST = "-o StrictHostKeyChecking=accept-new -o BatchMode=yes";

describe("ssh-keygen", () => {
  it("makes a key with its picture, asks before it writes over one, and says whose it is", async () => {
    const lab = freshLab(1);
    const made = await on(lab, "pve1", "ssh-keygen -t ed25519", { keys: "\r\r\r" });
    expect(made.output).toMatch(
      /^Generating public\/private ed25519 key pair\.\nEnter file in which to save the key \(\/root\/\.ssh\/id_ed25519\): \nEnter passphrase \(empty for no passphrase\): \nEnter same passphrase again: \nYour identification has been saved in \/root\/\.ssh\/id_ed25519\nYour public key has been saved in \/root\/\.ssh\/id_ed25519\.pub\nThe key fingerprint is:\nSHA256:\S{43} root@pve1\nThe key's randomart image is:\n\+--\[ED25519 256\]--\+\n(\|.{17}\|\n){9}\+----\[SHA256\]-----\+\n$/,
    );
    expect(lab.nodes.pve1!.files.entries["/root/.ssh/id_ed25519"]!.mode).toBe(0o600);
    const before = readNodeFile(lab, "pve1", "/root/.ssh/id_ed25519.pub");
    const kept = await on(lab, "pve1", "ssh-keygen -t ed25519 -f .ssh/id_ed25519", { keys: "n\r" });
    expect(kept).toMatchObject({ status: 1 });
    expect(kept.output).toContain(".ssh/id_ed25519 already exists.\nOverwrite (y/n)? n\n");
    expect(readNodeFile(lab, "pve1", "/root/.ssh/id_ed25519.pub")).toBe(before);
    expect((await on(lab, "pve1", "ssh-keygen -y -f .ssh/id_ed25519")).stdout).toBe(before);
    expect((await on(lab, "pve1", "ssh-keygen -lf .ssh/id_ed25519")).stdout).toMatch(
      /^256 SHA256:\S{43} root@pve1 \(ED25519\)\n$/,
    );
  });

  it("knows the installed RSA keys by their public halves, and says that the private ones cannot be read", async () => {
    const lab = freshLab(1);
    const listed = await on(lab, "pve1", "ssh-keygen -lf .ssh/id_rsa.pub");
    expect(listed.stdout).toMatch(/^4096 SHA256:\S{43} root@pve1 \(RSA\)\n$/);
    expect((await on(lab, "pve1", "ssh-keygen -lf /etc/ssh/ssh_host_rsa_key.pub")).stdout).toMatch(/^3072 /);
    expect(await on(lab, "pve1", "ssh-keygen -y -f .ssh/id_rsa")).toMatchObject({
      status: 255,
      stderr: 'Load key ".ssh/id_rsa": Operation not permitted\n',
    });
    expect((await on(lab, "pve1", "ssh-keygen -q -t rsa -b 2048 -N '' -f .ssh/id_rsa", { keys: "y\r" })).status).toBe(
      0,
    );
    expect((await on(lab, "pve1", "ssh-keygen -y -f .ssh/id_rsa")).stdout).toMatch(/^ssh-rsa AAAA\S+ root@pve1\n$/);
  });

  it.each([
    ["ssh-keygen -t foo", "unknown key type foo\n"],
    ["ssh-keygen -t rsa -b 512", "Invalid RSA key length: minimum is 1024 bits\n"],
    ["ssh-keygen -t ecdsa -b 300", "Invalid ECDSA key length: valid lengths are 256, 384 or 521 bits\n"],
    ["ssh-keygen -lf /etc/hostname", "/etc/hostname is not a public key file.\n"],
    ["ssh-keygen -lf nosuch", "ssh-keygen: nosuch: No such file or directory\n"],
    ["ssh-keygen -R x -f nosuch", "Cannot stat nosuch: No such file or directory\n"],
  ])("%s is refused in its words", async (line, stderr) => {
    expect(await on(freshLab(1), "pve1", line)).toMatchObject({ status: 255, stderr });
  });
});

describe("ssh-copy-id", () => {
  it("brings a key with the password, once; then the key alone lets one in", async () => {
    const lab = freshLab(2);
    await on(lab, "pve1", "ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519");
    const copied = await on(lab, "pve1", "ssh-copy-id root@pve2", { keys: `yes\r${ROOT_PASSWORD}\r` });
    expect(copied.output).toMatch(
      /INFO: Source of key\(s\) to be installed: "\/root\/\.ssh\/id_ed25519\.pub"\nThe authenticity of host [\s\S]*INFO: attempting to log in [\s\S]*INFO: 1 key\(s\) remain to be installed -- if you are prompted now it is to install the new keys\nroot@pve2's password: \n\nNumber of key\(s\) added: 1\n\nNow try logging into the machine, with: {3}"ssh 'root@pve2'"\nand check to make sure that only the key\(s\) you wanted were added\.\n\n$/,
    );
    expect((await on(lab, "pve1", "ssh -o BatchMode=yes pve2 hostname")).output).toBe("pve2\n");
    expect((await on(lab, "pve1", "ssh-copy-id pve2")).stderr).toContain("WARNING: All keys were skipped");
    setPaths(lab, ["pve1"], ["pve2"], false);
    expect(await on(lab, "pve1", "ssh-copy-id pve2")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("ERROR: ssh: connect to host pve2 port 22: No route to host\n"),
    });
  });
});

describe("authorized_keys", () => {
  it("a key may be bound to a command, to addresses, to no terminal", async () => {
    const lab = clusterOf(2);
    await on(lab, "pve1", "ssh-keygen -q -t ed25519 -N '' -f k");
    const key = readNodeFile(lab, "pve1", "/root/k.pub")!;
    const login = () => on(lab, "pve1", `ssh ${TRUST} -o IdentitiesOnly=yes -i k pve2 hostname`);
    const authorize = (options: string) => write(lab, "pve2", "/etc/pve/priv/authorized_keys", `${options}${key}`);
    await on(lab, "pve1", `ssh ${TRUST} pve2 true`);
    authorize('command="echo only $SSH_ORIGINAL_COMMAND" ');
    expect((await login()).stdout).toBe("only hostname\n");
    authorize('from="10.99.7.0/24,!10.99.7.11" ');
    expect((await login()).stderr).toBe("root@pve2: Permission denied (publickey,password).\n");
    authorize('from="10.99.7.11",no-pty ');
    expect((await login()).stdout).toBe("pve2\n");
    authorize("nonsense ");
    expect((await login()).status).toBe(255);
  });

  it("a private key that others may read is not used", async () => {
    const lab = clusterOf(2);
    await on(lab, "pve1", "ssh-keygen -q -t ed25519 -N '' -f k");
    write(lab, "pve2", "/etc/pve/priv/authorized_keys", readNodeFile(lab, "pve1", "/root/k.pub")!);
    act(lab, "files/change", { node: "pve1", change: { op: "chmod", path: "/root/k", mode: 0o644 } });
    const seen = await on(lab, "pve1", `ssh ${TRUST} -i k pve2 hostname`);
    expect(seen.stderr).toContain("WARNING: UNPROTECTED PRIVATE KEY FILE!");
    expect(seen.stderr).toContain('Load key "/root/k": bad permissions\n'.replace("/root/k", "k"));
    expect(seen.status).toBe(255);
  });
});

describe("the client's configuration", () => {
  it("gives hosts other names, users and keys; the first word on a subject counts", async () => {
    const lab = clusterOf(2);
    write(
      lab,
      "pve1",
      "/root/.ssh/config",
      "Host two\n  HostName pve2\n  StrictHostKeyChecking accept-new\nHost *\n  User root\n  HostName nowhere\n",
    );
    const seen = await on(lab, "pve1", "ssh two hostname");
    expect(seen.stdout).toBe("pve2\n");
    expect((await on(lab, "pve1", "ssh other hostname")).stderr).toBe(
      "ssh: Could not resolve hostname nowhere: Name or service not known\n",
    );
    const dump = (await on(lab, "pve1", "ssh -G -p 2200 two")).stdout;
    expect(dump).toMatch(/^host two\nuser root\nhostname pve2\nport 2200\naddressfamily any\n/);
    expect(dump).toContain("stricthostkeychecking accept-new\n");
  });

  it.each([
    ["ssh -o Foo=bar pve2", "command-line: line 0: Bad configuration option: foo\n"],
    ["ssh -o StrictHostKeyChecking=bla pve2", 'command-line line 0: unsupported option "bla".\n'],
    ["ssh -p abc pve2", "Bad port 'abc'\n"],
    ["ssh -F /none pve2", "Can't open user config file /none: No such file or directory\n"],
  ])("%s is refused in its words", async (line, stderr) => {
    expect(await on(clusterOf(2), "pve1", line)).toMatchObject({ status: 255, stderr });
  });

  it("passes a connection on through another node, and tells where it ends", async () => {
    const lab = clusterOf(3);
    setPaths(lab, ["pve1"], ["pve3"], false);
    expect((await on(lab, "pve1", `ssh ${TRUST} pve3 hostname`)).status).toBe(255);
    expect((await on(lab, "pve1", "ssh -o StrictHostKeyChecking=accept-new pve2 true")).status).toBe(0);
    write(lab, "pve1", "/root/.ssh/config", "StrictHostKeyChecking accept-new\n");
    expect((await on(lab, "pve1", "ssh -J pve2 pve3 hostname")).stdout).toBe("pve3\n");
    setPaths(lab, ["pve2"], ["pve3"], false);
    expect((await on(lab, "pve1", "ssh -J pve2 pve3 hostname")).stderr).toContain(
      "channel 0: open failed: connect failed: No route to host\nstdio forwarding failed\n",
    );
  });

  it("tells with -v which files, keys and methods it takes", async () => {
    const lab = clusterOf(2);
    const seen = await on(lab, "pve1", "ssh -v -o StrictHostKeyChecking=accept-new pve2 true");
    expect(seen.stderr).toMatch(
      /^OpenSSH_9\.2p1 .*\ndebug1: Reading configuration data \/root\/\.ssh\/config\n[\s\S]*debug1: Connecting to pve2 \[10\.99\.7\.12\] port 22\.\n[\s\S]*debug1: Offering public key: \/root\/\.ssh\/id_rsa RSA SHA256:[\s\S]*debug1: Server accepts key: .*\nAuthenticated to pve2 \(\[10\.99\.7\.12\]:22\) using "publickey"\.\n[\s\S]*debug1: Exit status 0\n$/,
    );
  });
});

describe("host keys on the disk", () => {
  it("are what ssh-keyscan shows and what a client trusts; other ones are refused", async () => {
    const lab = clusterOf(2);
    const give = () => {
      installHostKeys(lab.nodes.pve2!.files, hostKeyFiles(generateHostKey(), "pve2"), 0);
      lab.nodes.pve2!.accounts.hostKeysOnDisk = true;
    };
    give();
    const scanned = await on(lab, "pve1", "ssh-keyscan pve2");
    expect(scanned.stdout).toMatch(/^pve2 ssh-rsa \S+\npve2 ecdsa-sha2-nistp256 \S+\npve2 ssh-ed25519 \S+\n$/);
    const onDisk = readNodeFile(lab, "pve2", "/etc/ssh/ssh_host_ed25519_key.pub")!;
    expect(scanned.stdout).toContain(onDisk.split(" ")[1]);
    write(lab, "pve1", "/root/.ssh/known_hosts", scanned.stdout);
    expect((await on(lab, "pve1", "ssh pve2 hostname")).output).toBe("pve2\n");
    // The cluster's own list has the host's RSA key.
    const migration =
      "-o HostKeyAlias=pve2 -o UserKnownHostsFile=/etc/pve/nodes/pve2/ssh_known_hosts -o GlobalKnownHostsFile=none";
    expect((await on(lab, "pve1", `ssh -o BatchMode=yes ${migration} 10.99.7.12 hostname`)).output).toBe("pve2\n");
    give();
    const changed = await on(lab, "pve1", "ssh pve2 hostname");
    expect(changed.status).toBe(255);
    expect(changed.stderr).toContain(
      'Offending ED25519 key in /root/.ssh/known_hosts:3\n  remove with:\n  ssh-keygen -f "/root/.ssh/known_hosts" -R "pve2"\n',
    );
    const removed = await on(lab, "pve1", "ssh-keygen -R pve2");
    expect(removed.stdout).toMatch(/^(# Host pve2 found: line \d\n){3}\/root\/\.ssh\/known_hosts updated\.\n/);
    for (const kind of ["ed25519", "ecdsa", "rsa"]) {
      const change = { op: "unlink" as const, path: `/etc/ssh/ssh_host_${kind}_key` };
      act(lab, "files/change", { node: "pve2", change });
    }
    expect((await on(lab, "pve1", "ssh pve2 hostname")).stderr).toContain("Connection reset by 10.99.7.12 port 22\n");
  });
});
