import { describe, expect, it } from "vitest";
import { act } from "../stepping.ts";
import { change, createCluster, freshLab, joinNode } from "../testing/lab-steps.ts";
import { bytesOfText, textOfBytes } from "./bytes.ts";
import { DISK_BYTES_MAX } from "./files-state.ts";
import { namesIn, readNodeFile, resolvePath } from "./node-tree.ts";

describe("a node's disk", () => {
  it("has what an installer leaves", () => {
    const lab = freshLab(3);
    expect(readNodeFile(lab, "pve2", "/etc/hostname")).toBe("pve2\n");
    expect(readNodeFile(lab, "pve2", "/etc/hosts")).toContain("10.99.7.13 pve3.lab.internal pve3\n");
    expect(readNodeFile(lab, "pve2", "/etc/network/interfaces")).toContain("\taddress 10.99.7.12/24\n");
    expect(namesIn(lab, "pve2", "/root")).toEqual([".bashrc", ".profile", ".ssh"]);
    expect(readNodeFile(lab, "pve2", "/root/.ssh/authorized_keys")).toMatch(/^ssh-rsa \S+ root@pve2\n$/);
  });

  it("is full at its limit, and has room again when something is deleted", () => {
    const lab = freshLab(1);
    const write = (path: string, content: string) => change(lab, "pve1", { op: "write", path, content });
    expect(write("/tmp/big", "x".repeat(DISK_BYTES_MAX - 20_000))).toEqual({ state: "done" });
    expect(write("/tmp/more", "x".repeat(20_000))).toMatchObject({ state: "refused", errno: "ENOSPC" });
    expect(change(lab, "pve1", { op: "unlink", path: "/tmp/big" })).toEqual({ state: "done" });
    expect(write("/tmp/more", "x".repeat(20_000))).toEqual({ state: "done" });
  });

  it("knows a file by several names: what is written through one is read through all, until the last is gone", () => {
    const lab = freshLab(1);
    const step = (one: Parameters<typeof change>[2]) => change(lab, "pve1", one);
    const links = (path: string) => {
      const found = resolvePath(lab, "pve1", path);
      return "entry" in found ? found.entry?.links : undefined;
    };
    const used = () => lab.nodes.pve1!.files.usedBytes;
    const before = used();
    step({ op: "write", path: "/root/a", content: "one" });
    expect(step({ op: "link", path: "/root/a", to: "/tmp/b" })).toEqual({ state: "done" });
    expect([links("/root/a"), links("/tmp/b"), used() - before]).toEqual([2, 2, 6]);
    step({ op: "write", path: "/tmp/b", content: " two", append: true });
    step({ op: "chmod", path: "/tmp/b", mode: 0o600 });
    expect(readNodeFile(lab, "pve1", "/root/a")).toBe("one two");
    expect(lab.nodes.pve1!.files.entries["/root/a"]).toMatchObject({ mode: 0o600 });
    expect(step({ op: "rename", path: "/root/a", to: "/tmp/b" })).toEqual({ state: "done" });
    expect(links("/root/a")).toBe(2);
    step({ op: "unlink", path: "/root/a" });
    expect([links("/tmp/b"), readNodeFile(lab, "pve1", "/tmp/b")]).toEqual([undefined, "one two"]);
    step({ op: "unlink", path: "/tmp/b" });
    expect(used()).toBe(before);
  });

  it("gives a second name to no folder, over no mount's border, and to nothing below /etc/pve", () => {
    const lab = freshLab(1);
    const link = (path: string, to: string) => change(lab, "pve1", { op: "link", path, to });
    change(lab, "pve1", { op: "write", path: "/root/a", content: "x".repeat(DISK_BYTES_MAX / 2) });
    expect(link("/root", "/tmp/root")).toMatchObject({ errno: "EPERM" });
    expect(link("/root/none", "/tmp/a")).toMatchObject({ errno: "ENOENT" });
    expect(link("/root/a", "/etc/hosts")).toMatchObject({ errno: "EEXIST" });
    expect(link("/root/a", "/none/a")).toMatchObject({ errno: "ENOENT" });
    expect(link("/root/a", "/etc/pve/a")).toMatchObject({ errno: "EXDEV" });
    expect(link("/etc/pve/storage.cfg", "/etc/pve/b")).toMatchObject({ errno: "ENOSYS" });
    expect(link("/root/a", "/root/b")).toMatchObject({ errno: "ENOSPC" });
  });

  it("that is full makes a join fail with a reason, and leaves the cluster standing", () => {
    const lab = freshLab(2);
    createCluster(lab, "pve1", "lab");
    const used = lab.nodes.pve2!.files.usedBytes;
    change(lab, "pve2", { op: "write", path: "/tmp/big", content: "x".repeat(DISK_BYTES_MAX - used) });
    const task = joinNode(lab, "pve2");
    expect(task.exitStatus).toMatch(/No space left on device$/);
    expect(task.output).toContain("Join request OK, finishing setup locally\n");
  });

  it("follows links across mounts, and gives up on those that lead in circles", () => {
    const lab = freshLab(1);
    change(lab, "pve1", { op: "symlink", path: "/tmp/a", target: "b" });
    change(lab, "pve1", { op: "symlink", path: "/tmp/b", target: "/tmp/a" });
    expect(resolvePath(lab, "pve1", "/tmp/a")).toMatchObject({ errno: "ELOOP" });
    expect(resolvePath(lab, "pve1", "/etc/pve/local/../../../hostname")).toMatchObject({ path: "/etc/hostname" });
    expect(resolvePath(lab, "pve1", "/var/run/lock/..")).toMatchObject({ path: "/run" });
    expect(resolvePath(lab, "pve1", "/etc/hostname/x")).toMatchObject({ errno: "ENOTDIR" });
  });

  it("answers with the errno of Linux", () => {
    const lab = freshLab(1);
    expect(change(lab, "pve1", { op: "rmdir", path: "/etc" })).toMatchObject({ errno: "ENOTEMPTY" });
    expect(change(lab, "pve1", { op: "mkdir", path: "/etc" })).toMatchObject({ errno: "EEXIST" });
    expect(change(lab, "pve1", { op: "mkdir", path: "/nosuch/x" })).toMatchObject({ errno: "ENOENT" });
    expect(change(lab, "pve1", { op: "rename", path: "/etc/hostname", to: "/etc/pve/h" })).toMatchObject({
      errno: "EXDEV",
    });
    expect(change(lab, "pve1", { op: "write", path: "/etc", content: "" })).toMatchObject({ errno: "EISDIR" });
    expect(change(lab, "pve1", { op: "write", path: "/proc/uptime", content: "" })).toMatchObject({ errno: "EACCES" });
    expect(change(lab, "pve1", { op: "rename", path: "/var", to: "/var/log/x" })).toMatchObject({ errno: "EINVAL" });
  });

  it("moves a folder with all that is in it", () => {
    const lab = freshLab(1);
    act(lab, "files/change", { node: "pve1", change: { op: "rename", path: "/etc/network", to: "/etc/net" } });
    expect(readNodeFile(lab, "pve1", "/etc/net/interfaces")).toContain("vmbr0");
    expect(readNodeFile(lab, "pve1", "/etc/network/interfaces")).toBeUndefined();
  });
});

describe("bytes", () => {
  it("are the UTF-8 of any text, and back", () => {
    const text = "Zürich – 日本 🙂\n";
    expect(bytesOfText(text)).toBe(Buffer.from(text, "utf8").toString("latin1"));
    expect(textOfBytes(bytesOfText(text))).toBe(text);
    expect(textOfBytes("\xff\xfea")).toBe("\ufffd\ufffda");
  });
});
