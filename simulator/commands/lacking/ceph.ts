/** `pveceph` on a node without Ceph. @source pve-manager 8.4.21 PVE/CLI/pveceph.pm, typed on such a node */
import type { Program } from "../../shell/process.ts";
import { wordsOf } from "../pve-cli/command-lines.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { sayingCommand } from "./known-command.ts";

/** What `ceph`, which the storages' library brings, says where no cluster is configured: from memory, unverified. */
export const ceph: Program = async ({ stderr }) => {
  await stderr.write(
    "Error initializing cluster client: ObjectNotFound('RADOS object not found (error calling conf_read_file)')\n",
  );
  return 1;
};

const NOT_INSTALLED = "binary not installed: /usr/bin/ceph-mon\n";

const COMMANDS: CliCommand[] = [
  sayingCommand("pveceph init", "Ceph Nautilus required - please run 'pveceph install'\n", 2),
  ...wordsOf("pveceph")
    .filter((words) => /^(?:status|pool |osd details|mon |fs |mds |mgr )/.test(words))
    .map((words) => sayingCommand(`pveceph ${words}`, NOT_INSTALLED, 2)),
];

export const pveceph: Program = (context) => runCommandLine(context, { program: "pveceph", commands: COMMANDS });
