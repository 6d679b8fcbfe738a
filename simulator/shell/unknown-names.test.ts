import { expect, it } from "vitest";
import { allCommands } from "../commands/commands.ts";
import { createMemoryFiles } from "./memory-files.ts";
import { createShellSession } from "./session.ts";
import { createFakeLab } from "./testing/fake-lab.ts";
import { START_FILES } from "./testing/run-shell.ts";

it("tells names of commands that are not there or not modelled, and never their arguments", async () => {
  const lab = createFakeLab();
  lab.runFast();
  const names: string[] = [];
  const session = createShellSession({
    node: "pve1",
    port: lab.port,
    files: createMemoryFiles(START_FILES),
    commands: allCommands,
    activity: lab.activity,
    onUnknownCommand: (name) => names.push(name),
  });
  const none = { read: async () => undefined };
  let printed = "";
  const into = {
    write: async (bytes: Uint8Array) => {
      printed += Buffer.from(bytes).toString("utf8");
    },
  };
  await session.runCommand("htop -d 5; ./secret-script; /opt/x y; ls; tcpdump -i any port 22; echo a | nosuch b", {
    stdin: none,
    stdout: into,
    stderr: into,
  });
  expect(names).toEqual(["htop", "tcpdump", "nosuch"]);
  expect(printed).toContain("htop: command not found\n");
  expect(printed).toContain("tcpdump: not modelled in this simulated node yet; ");
});
