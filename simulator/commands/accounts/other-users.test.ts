/** Shells of users other than root: what they are, what files and programs let them do. Refusals as Debian 12's programs print. */
import { describe, expect, it } from "vitest";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

const sh = async (lab: LabState, line: string) => {
  const { output, exit } = await shellLine(lab, "pve1", line);
  return `${output}(${exit})`;
};

async function labWithAnna(): Promise<LabState> {
  const lab = freshLab(1);
  await sh(lab, "useradd -m -s /bin/bash anna; echo anna:secret1 | chpasswd; useradd -m bert");
  return lab;
}

describe("a shell of another user", () => {
  it.each([
    [
      "su - anna -c 'id; whoami; pwd; echo $HOME $USER $LOGNAME $SHELL $UID $EUID'",
      "uid=1000(anna) gid=1000(anna) groups=1000(anna)\nanna\n/home/anna\n/home/anna anna anna /bin/bash 1000 1000\n(0)",
    ],
    ["su - anna -c 'echo $PATH'", "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games\n(0)"],
    [
      "cd /tmp; su anna -c 'pwd; echo $HOME $USER; echo $PATH'",
      "/tmp\n/home/anna anna\n/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n(0)",
    ],
    ["su -l anna -c 'echo $0'; su anna -c 'echo $0'; su bert -c 'echo $0'", "-bash\nbash\nsh\n(0)"],
    [
      "runuser -l anna -c 'id -un; pwd'; runuser -u anna -- id -u; runuser anna -c 'echo $HOME'",
      "anna\n/home/anna\n1000\n/home/anna\n(0)",
    ],
    [
      "runuser -u nix id",
      "runuser: user nix does not exist or the user entry does not contain all the required fields\n(1)",
    ],
    ["su nix", "su: user nix does not exist or the user entry does not contain all the required fields\n(1)"],
    ["su -c", "su: option requires an argument -- 'c'\nTry 'su --help' for more information.\n(1)"],
    ["su nobody", "This account is currently not available.\n(1)"],
    [
      "su - nobody -c id",
      "su: warning: cannot change directory to /nonexistent: No such file or directory\nThis account is currently not available.\n(1)",
    ],
    ["echo ~anna ~nix", "/home/anna ~nix\n(0)"],
    ["su - anna -c 'sudo id'", "-bash: line 1: sudo: command not found\n(127)"],
  ])("%s", async (line, expected) => {
    expect(await sh(await labWithAnna(), line)).toBe(expected);
  });

  it.each([
    ["cat /etc/shadow", "cat: /etc/shadow: Permission denied\n(1)"],
    ["ls /root", "ls: cannot open directory '/root': Permission denied\n(2)"],
    ["cat /root/.bashrc", "cat: /root/.bashrc: Permission denied\n(1)"],
    ["cd /root", "-bash: line 1: cd: /root: Permission denied\n(1)"],
    ["echo x > /etc/passwd", "-bash: line 1: /etc/passwd: Permission denied\n(1)"],
    ["touch /etc/x", "touch: cannot touch '/etc/x': Permission denied\n(1)"],
    ["mkdir /etc/x", "mkdir: cannot create directory ‘/etc/x’: Permission denied\n(1)"],
    ["rm -f /etc/passwd", "rm: cannot remove '/etc/passwd': Permission denied\n(1)"],
    ["chmod 777 /etc/passwd", "chmod: changing permissions of '/etc/passwd': Operation not permitted\n(1)"],
    ["chown root /home/anna", "chown: changing ownership of '/home/anna': Operation not permitted\n(1)"],
    ["rm /tmp/roots", "rm: cannot remove '/tmp/roots': Operation not permitted\n(1)"],
    ["touch /home/bert/x", "touch: cannot touch '/home/bert/x': Permission denied\n(1)"],
    ["/tmp/script", "-bash: line 1: /tmp/script: Permission denied\n(126)"],
    ["test -w /etc/passwd; echo $?; test -r /etc/passwd; echo $?; test -r /etc/shadow; echo $?", "1\n0\n1\n(0)"],
    ["cat /etc/pve/user.cfg", "cat: /etc/pve/user.cfg: Permission denied\n(1)"],
    ["ls /etc/pve/priv", "ls: cannot open directory '/etc/pve/priv': Permission denied\n(2)"],
    ["echo x > /etc/pve/x", "-bash: line 1: /etc/pve/x: Permission denied\n(1)"],
    ["cat /etc/pve/.version | head -c 1", "cat: /etc/pve/.version: Permission denied\n(0)"],
    [
      "echo mine > f; ls -l f | cut -d' ' -f1-4; mkdir d; stat -c %U:%G d; rm f; rmdir d",
      "-rw-r--r-- 1 anna anna\nanna:anna\n(0)",
    ],
    ["umask 077; touch f; stat -c %a f", "600\n(0)"],
  ])("is refused what its files do not allow: %s", async (line, expected) => {
    const lab = await labWithAnna();
    await sh(lab, "touch /tmp/roots; printf 'echo hi\\n' > /tmp/script; chmod 700 /tmp/script");
    expect(await sh(lab, `su - anna -c ${JSON.stringify(line).replaceAll("$", "\\$")}`)).toBe(expected);
  });

  it.each([
    ["/usr/sbin/useradd x", "useradd: Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.\n(1)"],
    ["/usr/sbin/adduser x", "adduser: Only root may add a user or group to the system.\n(1)"],
    ["passwd root", "passwd: You may not view or modify password information for root.\n(1)"],
    ["passwd -l root", "passwd: Permission denied.\n(1)"],
    ["kill 1", "-bash: line 1: kill: (1) - Operation not permitted\n(1)"],
    ["/usr/sbin/ip link set vmbr0 down", "RTNETLINK answers: Operation not permitted\n(2)"],
    [
      "/usr/sbin/iptables -L",
      "iptables v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n(4)",
    ],
    ["dmesg", "dmesg: read kernel buffer failed: Operation not permitted\n(1)"],
    ["/usr/sbin/corosync-cfgtool -s", "Could not initialize corosync configuration API error 11\n(1)"],
    ["/usr/sbin/corosync-quorumtool -s", "Cannot initialize CMAP service\n(1)"],
    ["/usr/sbin/runuser -u root id", "runuser: may not be used by non-root users\n(1)"],
    ["useradd x", "-bash: line 1: useradd: command not found\n(127)"],
    [
      "systemctl stop corosync",
      "Failed to stop corosync.service: Access denied\nSee system logs and 'systemctl status corosync.service' for details.\n(4)",
    ],
    ["journalctl -q", "No journal files were opened due to insufficient permissions.\n(1)"],
    ["echo nope | su -c id", "Password: su: Authentication failure\n(1)"],
    [
      "pvecm status",
      "ipcc_send_rec[1] failed: Unknown error -1\nipcc_send_rec[2] failed: Unknown error -1\nipcc_send_rec[3] failed: Unknown error -1\nUnable to load access control list: Unknown error -1\n(255)",
    ],
  ])("is refused by programs: %s", async (line, expected) => {
    const lab = clusterOf(2);
    await sh(lab, "useradd -m -s /bin/bash anna; echo anna:secret1 | chpasswd");
    expect(await sh(lab, `su - anna -c '${line}'`)).toBe(expected);
  });

  it("becomes root with root's password, and somebody else with theirs", async () => {
    const lab = await labWithAnna();
    await sh(lab, "echo root:topsecret | chpasswd; echo bert:theirs11 | chpasswd");
    expect(await sh(lab, "su - anna -c 'echo topsecret | su -c \"id -un; cat /etc/shadow | wc -l\"'")).toMatch(
      /^Password: root\n\d+\n\(0\)$/,
    );
    expect(await sh(lab, "su - anna -c 'echo theirs11 | su bert -c whoami'")).toBe("Password: bert\n(0)");
    expect(await sh(lab, "journalctl -t su -o cat | tail -3")).toBe(
      "pam_unix(su:session): session opened for user bert(uid=1001) by anna(uid=1000)\npam_unix(su:session): session closed for user bert\npam_unix(su-l:session): session closed for user anna\n(0)",
    );
  });

  it("changes its own password when it knows it, and no short one", async () => {
    const lab = await labWithAnna();
    const typed = (words: string) => sh(lab, `su - anna -c "printf '${words}' | passwd"`);
    expect(await typed("wrong\\\\nx\\\\nx\\\\n")).toBe(
      "Changing password for anna.\nCurrent password: passwd: Authentication token manipulation error\npasswd: password unchanged\n(10)",
    );
    expect(await typed("secret1\\\\nabc\\\\nabc\\\\n")).toContain("You must choose a longer password.\n");
    expect(await typed("secret1\\\\nlonger77\\\\nlonger77\\\\n")).toContain(
      "passwd: password updated successfully\n(0)",
    );
    expect(await sh(lab, "su - bert -c 'echo longer77 | su anna -c whoami'")).toBe("Password: anna\n(0)");
    expect(readNodeFile(lab, "pve1", "/etc/shadow")).toMatch(/^anna:\$5\$/m);
  });

  it("sends no signal to what is another's", async () => {
    const lab = await labWithAnna();
    expect(await sh(lab, 'su - anna -c "kill $$"')).toMatch(
      /^-bash: line 1: kill: \(\d+\) - Operation not permitted\n\(1\)$/,
    );
  });

  it("logs in over ssh, with a password's owner or a key, and reads and writes as itself", async () => {
    const lab = clusterOf(2);
    await shellLine(
      lab,
      "pve2",
      "useradd -m -s /bin/bash anna; mkdir -m 700 /home/anna/.ssh; cp /root/.ssh/id_rsa.pub /home/anna/.ssh/authorized_keys; chown -R anna: /home/anna/.ssh",
    );
    await shellLine(
      lab,
      "pve2",
      "cat /etc/pve/nodes/pve1/ssh_known_hosts > /dev/null; cat /etc/pve/priv/authorized_keys > /home/anna/.ssh/authorized_keys",
    );
    const ssh = "ssh -o StrictHostKeyChecking=accept-new anna@pve2";
    expect(await sh(lab, `${ssh} 'id -un; pwd; cat /etc/shadow'`)).toContain(
      "anna\n/home/anna\ncat: /etc/shadow: Permission denied\n(1)",
    );
    expect(
      await sh(lab, "echo hi > /tmp/note; scp -q /tmp/note anna@pve2:; scp -q /tmp/note anna@pve2:/root/"),
    ).toMatch(/^scp: dest open "\/root\/": Permission denied\n.*\n\(1\)$/);
    expect((await shellLine(lab, "pve2", "stat -c '%U %n' /home/anna/note")).output).toBe("anna /home/anna/note\n");
    expect(await sh(lab, "ssh -o BatchMode=yes nix@pve2 id")).toBe(
      "nix@pve2: Permission denied (publickey,password).\n(255)",
    );
  });
});
