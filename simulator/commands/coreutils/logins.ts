/** A node's users: who there is, and who is logged in from where. */
import { mainAddressOf } from "../../cluster/host-network/node-address.ts";
import type { LabState } from "../../cluster/state.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { textOf } from "./arguments.ts";

/** Every user's name and number. */
export async function usersOf(ctx: Pick<ProgramContext, "files">): Promise<Map<string, string>> {
  const lines = (await textOf(ctx, "/etc/passwd")).split("\n").map((line) => line.split(":"));
  // root is one, whatever became of the file.
  return new Map([
    ["root", "0"],
    ...lines.flatMap(([name, , id]): [string, string][] => (name && id ? [[name, id]] : [])),
  ]);
}

/** The first process of each login. */
export function loginsOf(ctx: Pick<ProgramContext, "lab" | "node">) {
  return processTableOf(ctx.lab, ctx.node)
    .all()
    .filter((process) => process.tty.startsWith("pts/") && process.parentPid === 1);
}

/** The gateway of the node's first network: everybody comes from there. */
export function gatewayAddress(lab: Readonly<LabState>, node: string): string {
  return (mainAddressOf(lab, node) ?? "10.0.0.1").replace(/\.\d+$/, ".1");
}
