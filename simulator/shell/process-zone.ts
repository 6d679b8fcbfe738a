/** The time zone in which a process shows times: the variable TZ, else the node's. */
import { nodeZone } from "../cluster/node-settings/clock.ts";
import { type Zone, zoneOfVariable } from "../cluster/node-settings/zone-time.ts";
import type { LabPort } from "../cluster/port.ts";
import type { Shell } from "./shell.ts";

/** Of a program by its environment. */
export function zoneOfProgram(ctx: { lab: LabPort; node: string; env: ReadonlyMap<string, string> }): Zone {
  return zoneOf(ctx.lab, ctx.node, ctx.env.get("TZ"));
}

/** Of a shell itself, whether it hands TZ on or not. */
export function zoneOfShell(shell: Shell): Zone {
  return zoneOf(shell.around.port, shell.around.node, shell.variables.get("TZ"));
}

function zoneOf(lab: LabPort, node: string, variable: string | undefined): Zone {
  return variable === undefined ? lab.read((state) => nodeZone(state, node)) : zoneOfVariable(variable);
}
