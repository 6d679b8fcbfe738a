/** Who is logged in on a node, and from where. */
import type { LabState } from "../../cluster/state.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { ProgramContext } from "../../shell/process.ts";

/** The first process of each login. */
export function loginsOf(ctx: Pick<ProgramContext, "lab" | "node">) {
  return processTableOf(ctx.lab, ctx.node)
    .all()
    .filter((process) => process.tty.startsWith("pts/") && process.parentPid === 1);
}

/** The gateway of the node's first network: everybody comes from there. */
export function gatewayAddress(lab: Readonly<LabState>, node: string): string {
  return (lab.nodes[node]?.nics[0]?.address ?? "10.0.0.1").replace(/\.\d+$/, ".1");
}
