/** Users of a node's own system: made, changed, removed; their passwords open what they open. */
import { describe, expect, it } from "vitest";
import { passwordIsRight } from "../../cluster/accounts/accounts.ts";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, freshLab, ROOT_PASSWORD } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

const sh = async (lab: LabState, line: string) => {
  const { output, exit } = await shellLine(lab, "pve1", line);
  return `${output}(${exit})`;
};
const lineOf = (lab: LabState, file: string, name: string) =>
  readNodeFile(lab, "pve1", file)!
    .split("\n")
    .find((line) => line.startsWith(`${name}:`));

describe("useradd and its kin", () => {
  it("make a user with a group and a home, and take them away", async () => {
    const lab = freshLab(1);
    expect(await sh(lab, "useradd -m -s /bin/bash -G www-data -c 'Bert B' bert")).toBe("(0)");
    expect(lineOf(lab, "/etc/passwd", "bert")).toBe("bert:x:1000:1000:Bert B:/home/bert:/bin/bash");
    expect(lineOf(lab, "/etc/group", "bert")).toBe("bert:x:1000:");
    expect(lineOf(lab, "/etc/group", "www-data")).toBe("www-data:x:33:bert");
    expect(lineOf(lab, "/etc/shadow", "bert")).toMatch(/^bert:!:\d{5}:0:99999:7:::$/);
    expect(await sh(lab, "id bert; groups bert")).toBe(
      "uid=1000(bert) gid=1000(bert) groups=1000(bert),33(www-data)\nbert : bert www-data\n(0)",
    );
    expect(await sh(lab, "ls -A /home/bert; stat -c '%U %u %G %g %a' /home/bert")).toBe(
      ".bash_logout\n.bashrc\n.profile\nbert 1000 bert 1000 755\n(0)",
    );
    expect(await sh(lab, "touch /tmp/f; chown bert: /tmp/f; ls -ln /tmp/f | cut -d' ' -f3,4; chown nix /tmp/f")).toBe(
      "1000 1000\nchown: invalid user: ‘nix’\n(1)",
    );
    expect(await sh(lab, "userdel -r bert; id bert; ls -d /home/bert")).toContain("id: ‘bert’: no such user");
    expect(lineOf(lab, "/etc/group", "www-data")).toBe("www-data:x:33:");
    expect(readNodeFile(lab, "pve1", "/home/bert/.profile")).toBeUndefined();
  });

  it.each([
    ["useradd root", "useradd: user 'root' already exists\n(9)"],
    ["useradd -u 33 c", "useradd: UID 33 is not unique\n(4)"],
    ["useradd -g nix c", "useradd: group 'nix' does not exist\n(6)"],
    ["useradd -G nix c", "useradd: group 'nix' does not exist\n(6)"],
    ["usermod nix", "usermod: user 'nix' does not exist\n(6)"],
    ["groupadd root", "groupadd: group 'root' already exists\n(9)"],
    ["groupadd -g 33 dev", "groupadd: GID '33' already exists\n(4)"],
    ["groupdel dev", "groupdel: group 'dev' does not exist\n(6)"],
    ["groupdel root", "groupdel: cannot remove the primary group of user 'root'\n(8)"],
    ["userdel nix", "userdel: user 'nix' does not exist\n(6)"],
    ["adduser root", "adduser: The user `root' already exists.\n(1)"],
    ["adduser nix www-data", "adduser: The user `nix' does not exist.\n(1)"],
    ["deluser nix", "deluser: The user `nix' does not exist.\n(2)"],
    ["passwd nix", "passwd: user 'nix' does not exist\n(1)"],
    ["passwd -u daemon", /unlocking the password would result|password changed/],
    [
      "echo nix:abc | chpasswd",
      "chpasswd: (user nix) pam_chauthtok() failed, error:\nAuthentication token manipulation error\nchpasswd: (line 1, user nix) password not changed\n(1)",
    ],
    ["echo nonsense | chpasswd", "chpasswd: line 1: missing new password\n(1)"],
  ])("`%s` is refused as the real one does", async (line, said) => {
    const lab = freshLab(1);
    const before = readNodeFile(lab, "pve1", "/etc/passwd");
    expect(await sh(lab, line)).toEqual(typeof said === "string" ? said : expect.stringMatching(said));
    expect(readNodeFile(lab, "pve1", "/etc/passwd")).toBe(before);
  });

  it("adduser says each step, asks for a password and for who it is", async () => {
    const lab = freshLab(1);
    const said = await sh(lab, "printf 'p1\\np1\\n' | adduser --gecos '' carla");
    expect(said).toBe(
      "Adding user `carla' ...\nAdding new group `carla' (1000) ...\nAdding new user `carla' (1000) with group `carla (1000)' ...\nCreating home directory `/home/carla' ...\nCopying files from `/etc/skel' ...\nNew password: Retype new password: passwd: password updated successfully\n(0)",
    );
    expect(passwordIsRight(lab, "pve1", "carla@pam", "p1")).toBe(true);
    expect(await sh(lab, "adduser carla www-data; deluser carla www-data; deluser --remove-home carla")).toContain(
      "Removing user `carla' ...\nDone.\n(0)",
    );
    expect(passwordIsRight(lab, "pve1", "carla@pam", "p1")).toBe(false);
  });
});

describe("a password", () => {
  const type = (lab: LabState, line: string, keys: string) => {
    const argv = line.split(" ");
    return runProgram(lab, "pve1", allCommands[argv[0]!]!.program, argv, { keys });
  };

  it("of root opens the node from then on, and the old one does not", async () => {
    const lab = clusterOf(2);
    const ran = await type(lab, "passwd", "new-1\rnew-1\r");
    expect(ran.output).toMatch(/^New password: \nRetype new password: \npasswd: password updated successfully\n$/);
    expect(passwordIsRight(lab, "pve1", "root@pam", ROOT_PASSWORD)).toBe(false);
    expect(passwordIsRight(lab, "pve1", "root@pam", "new-1")).toBe(true);
    // Every node has its own.
    expect(passwordIsRight(lab, "pve2", "root@pam", ROOT_PASSWORD)).toBe(true);
    expect(lineOf(lab, "/etc/shadow", "root")).toMatch(/^root:\$5\$/);
    expect((await type(lab, "passwd -S", "")).stdout).toMatch(/^root P \d{4}-\d\d-\d\d 0 99999 7 -1\n$/);
  });

  it("is not changed by answers that differ, or by none", async () => {
    const lab = freshLab(1);
    const differ = await type(lab, "passwd", "a\rb\r");
    expect(differ.status).toBe(10);
    expect(differ.stderr).toContain(
      "Sorry, passwords do not match.\npasswd: Authentication token manipulation error\n",
    );
    expect((await type(lab, "passwd", "\r\r\r")).stderr).toContain("Password change has been aborted.");
    expect(passwordIsRight(lab, "pve1", "root@pam", ROOT_PASSWORD)).toBe(true);
  });

  it("of a user of the node opens the realm pam while it is not locked", async () => {
    const lab = freshLab(1);
    await sh(lab, "useradd dora; echo dora:secret-1 | chpasswd");
    expect(passwordIsRight(lab, "pve1", "dora@pam", "secret-1")).toBe(true);
    expect(await sh(lab, "passwd -l dora; passwd -S dora | cut -d' ' -f1,2")).toBe(
      "passwd: password changed.\ndora L\n(0)",
    );
    expect(passwordIsRight(lab, "pve1", "dora@pam", "secret-1")).toBe(false);
    await sh(lab, "usermod -U dora");
    expect(passwordIsRight(lab, "pve1", "dora@pam", "secret-1")).toBe(true);
    await sh(lab, "usermod -l dorothea dora");
    expect(passwordIsRight(lab, "pve1", "dora@pam", "secret-1")).toBe(false);
    expect(passwordIsRight(lab, "pve1", "dorothea@pam", "secret-1")).toBe(true);
    await sh(lab, "passwd -d dorothea");
    expect(passwordIsRight(lab, "pve1", "dorothea@pam", "")).toBe(false);
  });
});
