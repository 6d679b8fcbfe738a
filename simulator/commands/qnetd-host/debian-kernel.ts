/** The kernel of a plain Debian 12: nodes have Proxmox's. */
import { KERNEL } from "../../shell/kernel-name.ts";
import type { Program } from "../../shell/process.ts";

export const DEBIAN_KERNEL = {
  release: "6.1.0-28-amd64",
  version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)",
} as const;

/** A node's program that names its kernel, on Debian. */
export function onDebian(program: Program): Program {
  const decoder = new TextDecoder();
  return (context) =>
    program({
      ...context,
      stdout: {
        write: (bytes) =>
          context.stdout.write(
            (typeof bytes === "string" ? bytes : decoder.decode(bytes))
              .replaceAll(KERNEL.release, DEBIAN_KERNEL.release)
              .replaceAll(KERNEL.version, DEBIAN_KERNEL.version),
          ),
      },
    });
}
