/**
 * Proxmox's programs on a node that calls itself by another name than the one that it was installed with: they take the
 * kernel's host name for the node's, and so would look into another node's folder. That is not modelled, and they say so.
 */
import { hostNameOf } from "../cluster/node-settings/host-name.ts";
import type { ProgramContext, ProgramEntry } from "../shell/process.ts";

/** Those that ask for their own node's name. @source pve-common PVE/INotify.pm nodename() and who calls it */
const ASKING = ["ha-manager", "pct", "pvecm", "pvenode", "pvesh", "pvesm", "pvesr", "qm", "qmrestore", "vzdump"];

/** Of `pvecm`: what never asks for it. */
const NAMELESS = /^(?:status|nodes|expected|keygen|apiver|help)$/;

/** What programs of the table say on a renamed node; the entries themselves stay as they are. */
export function knowingNames(programs: Record<string, ProgramEntry>): Record<string, ProgramEntry> {
  const known: Record<string, ProgramEntry> = Object.assign(Object.create(null), programs);
  for (const name of ASKING) {
    const entry = known[name];
    if (!entry || entry.modelled === false) continue;
    const { program } = entry;
    known[name] = { ...entry, program: (ctx) => (isRenamed(ctx) ? refuse(ctx) : program(ctx)) };
  }
  return known;
}

function isRenamed(ctx: ProgramContext): boolean {
  if (ctx.argv[0] === "pvecm" && NAMELESS.test(ctx.argv[1] ?? "")) return false;
  return ctx.lab.read((lab) => hostNameOf(lab, ctx.node)).split(".")[0] !== ctx.node;
}

async function refuse(ctx: ProgramContext): Promise<number> {
  const name = ctx.lab.read((lab) => hostNameOf(lab, ctx.node));
  await ctx.stderr.write(
    `${ctx.argv[0]}: the host name is '${name}' now, and a node of the cluster that is renamed is not modelled in this simulated node: its name is '${ctx.node}'\n`,
  );
  return 1;
}
