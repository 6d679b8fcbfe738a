import { describe, expect, it } from "vitest";
import { clusterOf, freshLab } from "../cluster/testing/lab-steps.ts";
import { fastPort } from "../commands/testing/run-program.ts";
import { createNodeFiles } from "./node-files-adapter.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (array: Uint8Array) => new TextDecoder().decode(array);

describe("a node's files over the port", () => {
  it("keep any bytes as they are", async () => {
    const files = createNodeFiles(fastPort(freshLab(1)), "pve1");
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    await files.writeFile("/tmp/all", all);
    await files.writeFile("/tmp/all", bytes("é"), { append: true });
    expect([...(await files.readFile("/tmp/all"))]).toEqual([...all, 0xc3, 0xa9]);
    expect(await files.stat("/tmp/all")).toMatchObject({ type: "file", mode: 0o644, size: 258, owner: "root" });
  });

  it("write to /etc/pve of a cluster and come back when it is delivered", async () => {
    const lab = clusterOf(2);
    const one = createNodeFiles(fastPort(lab), "pve1");
    await one.writeFile("/etc/pve/hello", bytes("hi\n"));
    expect(text(await one.readFile("/etc/pve/hello"))).toBe("hi\n");
    expect(await one.readlink("/etc/pve/local")).toBe("nodes/pve1");
    expect(await one.realpath("/etc/pve/qemu-server")).toBe("/etc/pve/nodes/pve1/qemu-server");
  });

  it("refuse with errno and path", async () => {
    const files = createNodeFiles(fastPort(freshLab(1)), "pve1");
    await expect(files.readFile("/nosuch")).rejects.toMatchObject({ code: "ENOENT", path: "/nosuch" });
    await expect(files.readdir("/etc/hostname")).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(files.readFile("/etc")).rejects.toMatchObject({ code: "EISDIR" });
    await expect(files.chmod("/etc/pve/user.cfg", 0o777)).rejects.toMatchObject({ code: "EPERM" });
  });

  it("have devices and /proc", async () => {
    const files = createNodeFiles(fastPort(freshLab(1)), "pve1");
    await files.writeFile("/dev/null", bytes("gone"));
    expect(await files.readFile("/dev/null")).toHaveLength(0);
    expect((await files.readFile("/dev/zero")).every((byte) => byte === 0)).toBe(true);
    expect(text(await files.readFile("/proc/uptime"))).toMatch(/^\d+\.\d\d \d+\.\d\d\n$/);
    expect(await files.readdir("/")).toEqual(expect.arrayContaining(["bin", "dev", "etc", "proc", "root", "var"]));
  });
});
