/** Expected lines are rsync's own, its figures of bytes aside. */
import { describe, expect, it } from "vitest";
import type { FileChange } from "../../cluster/files/files-state.ts";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, setPaths } from "../../cluster/testing/lab-steps.ts";
import { runProgram } from "../testing/run-program.ts";
import { rsync } from "./rsync.ts";
import { isExcluded } from "./rsync-rules.ts";

const change = (lab: LabState, change: FileChange) => act(lab, "files/change", { node: "pve1", change });

function withSource(lab: LabState): LabState {
  for (const path of ["/root/src", "/root/src/empty", "/root/src/sub"]) change(lab, { op: "mkdir", path });
  change(lab, { op: "write", path: "/root/src/a", content: "one\n" });
  change(lab, { op: "write", path: "/root/src/sub/b", content: "two\n" });
  change(lab, { op: "write", path: "/root/src/x.log", content: "log\n" });
  change(lab, { op: "symlink", path: "/root/src/link", target: "a" });
  return lab;
}

const run = (lab: LabState, line: string) => runProgram(lab, "pve1", rsync, ["rsync", ...line.split(" ")]);
/** What is printed before the figures. */
const told = async (lab: LabState, line: string) => (await run(lab, line)).stdout.replace(/\nsent [\s\S]*$/, "");

const ALL = "sending incremental file list\ncreated directory dst\n./\na\nlink -> a\nx.log\nempty/\nsub/\nsub/b\n";

describe("rsync on one node", () => {
  it("shows with -n what it would do, does it once, and nothing again", async () => {
    const lab = withSource(freshLab(1));
    const dry = await run(lab, "-avn src/ dst");
    expect(dry.stdout).toMatch(/\(DRY RUN\)\n$/);
    expect(dry.stdout.replace(/\nsent [\s\S]*$/, "")).toBe(ALL);
    expect(readNodeFile(lab, "pve1", "/root/dst/a")).toBeUndefined();
    expect(await told(lab, "-av src/ dst")).toBe(ALL);
    expect(readNodeFile(lab, "pve1", "/root/dst/sub/b")).toBe("two\n");
    expect(await told(lab, "-av src/ dst")).toBe("sending incremental file list\n");
  });

  it("copies the folder itself without a slash behind it, leaves out what is excluded, deletes what is no more", async () => {
    const lab = withSource(freshLab(1));
    expect(await told(lab, "-av --exclude *.log --exclude sub src dst")).toBe(
      "sending incremental file list\ncreated directory dst\nsrc/\nsrc/a\nsrc/link -> a\nsrc/empty/\n",
    );
    await run(lab, "-a src/ two");
    change(lab, { op: "unlink", path: "/root/src/x.log" });
    change(lab, { op: "write", path: "/root/src/a", content: "longer than before\n" });
    const seen = await told(lab, "-av --delete src/ two");
    expect(seen).toContain("deleting x.log\n");
    expect(seen).toContain("\na\n");
    expect(readNodeFile(lab, "pve1", "/root/two/x.log")).toBeUndefined();
    expect(readNodeFile(lab, "pve1", "/root/two/a")).toBe("longer than before\n");
  });

  it.each([
    ["-a nosuch dst", 23, 'rsync: [sender] link_stat "/root/nosuch" failed: No such file or directory (2)\n'],
    ["--foo a b", 1, "rsync: --foo: unknown option\n"],
    ["-av a:x b:y", 1, "The source and destination cannot both be remote.\n"],
    ["-aH src/ dst", 1, "rsync: '-H' is not modelled"],
  ])("%s ends with %i", async (line, status, stderr) => {
    const seen = await run(withSource(freshLab(1)), line);
    expect(seen).toMatchObject({ status, stderr: expect.stringContaining(stderr) as string });
  });

  it("skips a folder without -r", async () => {
    expect(await run(withSource(freshLab(1)), "src dst")).toMatchObject({
      status: 0,
      stdout: "skipping directory src\n",
    });
  });
});

describe("rsync between nodes", () => {
  it("goes over ssh there and back, and says when nobody answers", async () => {
    const lab = withSource(clusterOf(2));
    const shell = ["-e", "ssh -o StrictHostKeyChecking=accept-new"];
    const over = (...words: string[]) => runProgram(lab, "pve1", rsync, ["rsync", ...shell, ...words]);
    expect((await over("-avz", "src/", "pve2:/tmp/copy")).stdout).toContain("created directory /tmp/copy\n./\na\n");
    expect(readNodeFile(lab, "pve2", "/tmp/copy/sub/b")).toBe("two\n");
    expect((await over("-av", "root@pve2:/tmp/copy/sub", "back")).stdout).toMatch(
      /^receiving incremental file list\ncreated directory back\nsub\/\nsub\/b\n/,
    );
    setPaths(lab, ["pve1"], ["pve2"], false);
    expect(await over("-a", "src/", "pve2:/tmp/copy")).toMatchObject({
      status: 255,
      stderr: expect.stringMatching(
        /^ssh: connect to host pve2 port 22: No route to host\nrsync: connection unexpectedly closed/,
      ) as string,
    });
  });
});

it.each([
  ["*.log", "sub/x.log", false, true],
  ["/x.log", "sub/x.log", false, false],
  ["sub/", "sub", true, true],
  ["sub/", "sub", false, false],
  ["a/**", "a/b/c", false, true],
  ["b?", "a/bc", false, true],
])("the pattern %s and %s", (pattern, path, isFolder, excluded) => {
  expect(isExcluded([{ exclude: true, pattern }], path, isFolder)).toBe(excluded);
});
