/** pvecm: clusters on the command line. @source recordings 01-04, 32, 37, 42-45, 48, 49, 55 */
import { LINK } from "../../cluster/join/link-parameters.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { addMember } from "./add.ts";
import { addNodeHere, generateKey } from "./addnode.ts";
import { ofForm } from "./arguments.ts";
import { createCluster } from "./create.ts";
import { deleteMember } from "./delnode.ts";
import { migrationTunnel } from "./mtunnel.ts";
import { removeQdevice, setUpQdevice } from "./qdevice.ts";
import { expectedVotes, listMembers, showStatus } from "./status.ts";
import { updateCertificates } from "./updatecerts.ts";

const address = { type: "string" } as const;
const links = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`link${i}`, ofForm(LINK)]));
const nodeName = {
  type: "string",
  pattern: /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
  patternText: "value does not look like a valid node name",
} as const;
const BYTE = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const IPV6 = "(?=[\\da-fA-F:]*:[\\da-fA-F:]*:)[\\da-fA-F:]{2,39}";
/** @source pve-common PVE/JSONSchema.pm, formats `ip` and `CIDR` (unverified) */
const ip = {
  type: "string",
  pattern: new RegExp(`^(?:${BYTE}(?:\\.${BYTE}){3}|${IPV6})$`),
  patternText: "value does not look like a valid IP address",
} as const;
const cidr = {
  type: "string",
  pattern: new RegExp(
    `^(?:${BYTE}(?:\\.${BYTE}){3}/(?:[89]|[12]\\d|3[0-2])|${IPV6}/(?:[89]|[1-9]\\d|1[01]\\d|12[0-8]))$`,
  ),
  patternText: "value does not look like a valid CIDR network",
} as const;
const nodeId = { type: "integer", minimum: 1 } as const;
const votes = { type: "integer", minimum: 0 } as const;

const COMMANDS: Record<string, CliCommand> = {
  add: {
    name: "pvecm add",
    fixed: ["hostname"],
    options: {
      hostname: { type: "string" },
      fingerprint: { type: "string", pattern: /^(?:[A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}$/ },
      force: { type: "boolean" },
      ...links,
      nodeid: nodeId,
      use_ssh: { type: "boolean" },
      votes,
    },
    run: addMember,
  },
  addnode: {
    name: "pvecm addnode",
    fixed: ["node"],
    options: { node: nodeName, force: { type: "boolean" }, ...links, new_node_ip: address, nodeid: nodeId, votes },
    run: addNodeHere,
  },
  apiver: {
    name: "pvecm apiver",
    fixed: [],
    options: {},
    run: async (context) => {
      await context.stdout.write("1\n");
      return 0;
    },
  },
  create: {
    name: "pvecm create",
    fixed: ["clustername"],
    options: {
      clustername: { ...nodeName, maxLength: 15 },
      ...links,
      nodeid: nodeId,
      votes: { type: "integer", minimum: 1 },
    },
    run: createCluster,
  },
  delnode: { name: "pvecm delnode", fixed: ["node"], options: { node: nodeName }, run: deleteMember },
  expected: {
    name: "pvecm expected",
    fixed: ["expected"],
    options: { expected: { type: "integer", minimum: 1 } },
    run: expectedVotes,
  },
  keygen: { name: "pvecm keygen", fixed: ["filename"], options: { filename: { type: "string" } }, run: generateKey },
  mtunnel: {
    name: "pvecm mtunnel",
    fixed: [],
    rest: true,
    options: { get_migration_ip: { type: "boolean" }, migration_network: cidr, "run-command": { type: "boolean" } },
    run: migrationTunnel,
  },
  nodes: { name: "pvecm nodes", fixed: [], options: {}, run: listMembers },
  "qdevice setup": {
    name: "pvecm qdevice setup",
    fixed: ["address"],
    options: { address: ip, force: { type: "boolean" }, network: cidr },
    run: setUpQdevice,
  },
  "qdevice remove": { name: "pvecm qdevice remove", fixed: [], options: {}, run: removeQdevice },
  status: { name: "pvecm status", fixed: [], options: {}, run: showStatus },
  updatecerts: {
    name: "pvecm updatecerts",
    fixed: [],
    options: { force: { type: "boolean" }, silent: { type: "boolean" }, "unmerge-known-hosts": { type: "boolean" } },
    run: updateCertificates,
  },
};

export function pvecm(context: ProgramContext): Promise<number> {
  return runCommandLine(context, { program: "pvecm", commands: Object.values(COMMANDS) });
}
