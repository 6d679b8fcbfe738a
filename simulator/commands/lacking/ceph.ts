/** `pveceph` on a node without Ceph. @source pve-manager 8.4.21 PVE/CLI/pveceph.pm, typed on such a node */
import type { Program } from "../../shell/process.ts";
import { wordsOf } from "../pve-cli/command-lines.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { sayingCommand } from "./known-command.ts";

const NOT_INSTALLED = "binary not installed: /usr/bin/ceph-mon\n";

const COMMANDS: CliCommand[] = [
  sayingCommand("pveceph init", "Ceph Nautilus required - please run 'pveceph install'\n", 2),
  ...wordsOf("pveceph")
    .filter((words) => /^(?:status|pool |osd details|mon |fs |mds |mgr )/.test(words))
    .map((words) => sayingCommand(`pveceph ${words}`, NOT_INSTALLED, 2)),
];

export const pveceph: Program = (context) => runCommandLine(context, { program: "pveceph", commands: COMMANDS });
