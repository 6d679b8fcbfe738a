/** Booting: some seconds after the button is pressed, the node's services start. */
import { randomBetween, schedule } from "./kernel.ts";
import type { LabState, ScheduledEvent } from "./state.ts";

/** From power to the first service, milliseconds: firmware, kernel, file systems. */
const BOOT_MS = { least: 9_000, most: 11_000 };

/** Let the node's services start when it has booted, unless its power goes off before. */
export function scheduleBoot(lab: LabState, node: string): void {
  const { bootCount } = lab.nodes[node]!;
  schedule(lab, randomBetween(lab, BOOT_MS.least, BOOT_MS.most), { kind: "power/booted", node, data: { bootCount } });
}

export const bootHandlers = {
  "power/booted": (lab: LabState, event: ScheduledEvent): void => {
    const node = event.node!;
    const { power, bootCount } = lab.nodes[node]!;
    if (power === "hung") {
      lab.nodes[node]!.bootHeld = true;
      return;
    }
    if (power === "off" || bootCount !== (event.data as { bootCount: number }).bootCount) return;
    schedule(lab, 0, { kind: "services/boot", node });
    schedule(lab, 0, { kind: "guests/boot", node });
  },
};
