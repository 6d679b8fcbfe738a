/** Expected texts are those of OpenSSH 9.2's sftp. */
import { expect, it } from "vitest";
import { readNodeFile } from "../../../cluster/files/node-tree.ts";
import type { LabState } from "../../../cluster/state.ts";
import { act } from "../../../cluster/stepping.ts";
import { clusterOf, setPaths } from "../../../cluster/testing/lab-steps.ts";
import { runProgram } from "../../testing/run-program.ts";
import { sftp } from "./sftp.ts";

const TRUST = ["-o", "StrictHostKeyChecking=accept-new"];

function lab(): LabState {
  const made = clusterOf(2);
  for (const [node, path, content] of [
    ["pve2", "/root/r/a.txt", "a\n"],
    ["pve2", "/root/r/b.txt", "bb\n"],
    ["pve2", "/root/r/sub/c", "c\n"],
    ["pve1", "/root/mine", "mine\n"],
  ] as const) {
    for (const folder of ["/root/r", "/root/r/sub"]) {
      if (path.startsWith(`${folder}/`)) act(made, "files/change", { node, change: { op: "mkdir", path: folder } });
    }
    act(made, "files/change", { node, change: { op: "write", path, content } });
  }
  return made;
}

it("runs a batch: lists, fetches by pattern, sends, and breaks off at the first failure", async () => {
  const state = lab();
  const batch = "pwd\nls r\nls -1 r/*.txt\nget r/*.txt /tmp\nput mine r/sent\ncd r\n-get nosuch\nget nosuch\npwd\n";
  act(state, "files/change", { node: "pve1", change: { op: "write", path: "/root/b", content: batch } });
  const seen = await runProgram(state, "pve1", sftp, ["sftp", ...TRUST, "-b", "b", "pve2"]);
  expect(seen.status).toBe(1);
  expect(seen.stdout).toBe(
    [
      "sftp> pwd",
      "Remote working directory: /root",
      "sftp> ls r",
      "r/a.txt   r/b.txt   r/sub     ",
      "sftp> ls -1 r/*.txt",
      "r/a.txt",
      "r/b.txt",
      "sftp> get r/*.txt /tmp",
      "sftp> put mine r/sent",
      "sftp> cd r",
      "sftp> -get nosuch",
      "sftp> get nosuch",
      "",
    ].join("\n"),
  );
  expect(seen.stderr).toContain('File "/root/r/nosuch" not found.\nFile "/root/r/nosuch" not found.\n');
  expect(readNodeFile(state, "pve1", "/tmp/b.txt")).toBe("bb\n");
  expect(readNodeFile(state, "pve2", "/root/r/sent")).toBe("mine\n");
});

it("answers at a terminal, with folders, modes and what is refused", async () => {
  const state = lab();
  const keys = [
    "cd r",
    "ls -l a.txt",
    "get -r sub /root/theirs",
    "get sub",
    "mkdir sub",
    "rmdir nosuch",
    "chmod 600 a.txt",
    "bogus",
    "bye",
  ];
  const seen = await runProgram(state, "pve1", sftp, ["sftp", ...TRUST, "pve2"], {
    keys: keys.map((key) => `${key}\r`).join(""),
  });
  expect(seen.status).toBe(0);
  expect(seen.output).toContain("Connected to pve2.\n");
  expect(seen.output).toMatch(/-rw-r--r-- {4}\? root {5}root {12}2 \w{3} [ \d]\d \d\d:\d\d a\.txt\n/);
  expect(seen.output).toContain("download /root/r/sub/: not a regular file\n");
  expect(seen.output).toContain('remote mkdir "/root/r/sub": Failure\n');
  expect(seen.output).toContain('remote rmdir "/root/r/nosuch": No such file or directory\n');
  expect(seen.output).toContain("Changing mode on /root/r/a.txt\n");
  expect(seen.output).toContain("Invalid command.\n");
  expect(readNodeFile(state, "pve1", "/root/theirs/c")).toBe("c\n");
  expect(state.nodes.pve2!.files.entries["/root/r/a.txt"]!.mode).toBe(0o600);
});

it("says that it was not connected", async () => {
  const state = lab();
  setPaths(state, ["pve1"], ["pve2"], false);
  expect(await runProgram(state, "pve1", sftp, ["sftp", "pve2"])).toMatchObject({
    status: 255,
    stderr: "ssh: connect to host pve2 port 22: No route to host\nConnection closed\n",
  });
});
