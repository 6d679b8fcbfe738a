/** A shell in the system inside a guest: what ssh, the serial terminal and the agent's `exec` reach. */
import type { ProgramContext } from "../../shell/process.ts";
import { createShellSession, type ShellSession } from "../../shell/session.ts";
import type { Terminal } from "../../shell/terminal.ts";
import type { GuestBoot } from "./guest-boot.ts";
import { guestFiles } from "./guest-files.ts";
import { guestPort } from "./guest-port.ts";
import { guestPrograms } from "./guest-programs.ts";

/** A session of its own, which dies with this boot of the guest's system. */
export function guestSession(context: ProgramContext, boot: GuestBoot, terminal?: Terminal): ShellSession {
  return createShellSession({
    node: boot.hostName,
    port: guestPort(context.lab, boot),
    files: guestFiles(context.lab, boot),
    commands: guestPrograms(boot),
    activity: { touch: () => void context.breathe().catch(() => undefined) },
    ...(terminal && {
      terminal,
      greeting: `Linux ${boot.hostName} 6.1.0-28-cloud-amd64 (a guest of the lab; lab-help lists its tools)\n`,
    }),
  });
}
