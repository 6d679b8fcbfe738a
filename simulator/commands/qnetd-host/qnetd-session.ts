/** A shell on the host of corosync-qnetd: what ssh and scp from a node reach. */
import { qnetdFiles } from "../../cluster/corosync/qnetd-host.ts";
import type { LabPort } from "../../cluster/port.ts";
import { smallDiskFiles } from "../../node-view/small-disk-files.ts";
import type { NodeFiles } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { createShellSession, type ShellSession } from "../../shell/session.ts";
import type { Terminal } from "../../shell/terminal.ts";
import { DEBIAN_KERNEL } from "./debian-kernel.ts";
import { qnetdPort } from "./qnetd-port.ts";
import { qnetdPrograms } from "./qnetd-programs.ts";

/** What a small server with 4 GiB looks like; made up, as the nodes' figures are. */
const MEMINFO = `MemTotal:        4194304 kB
MemFree:         2344550 kB
MemAvailable:    2957004 kB
Buffers:           61208 kB
Cached:           551246 kB
SwapTotal:       1048576 kB
SwapFree:        1048576 kB
`;

/** A session of its own. @param name what the host calls itself */
export function qnetdSession(
  context: Pick<ProgramContext, "lab" | "breathe">,
  name: string,
  terminal?: Terminal,
): ShellSession {
  return createShellSession({
    node: name,
    port: qnetdPort(context.lab),
    files: qnetdHostFiles(context.lab),
    commands: qnetdPrograms(),
    activity: { touch: () => void context.breathe().catch(() => undefined) },
    ...(terminal && {
      terminal,
      greeting: `Linux ${name} ${DEBIAN_KERNEL.release} ${DEBIAN_KERNEL.version} x86_64\n`,
    }),
  });
}

/** @param port the lab's own */
export function qnetdHostFiles(port: LabPort): NodeFiles {
  return smallDiskFiles(port, {
    of: qnetdFiles,
    change: (change) => port.act("corosync/qnetd-files", { change }),
    kernelTells: (path) => {
      if (path === "/proc/meminfo") return MEMINFO;
      const seconds = port.read((lab) => lab.nowMs) / 1_000;
      if (path === "/proc/uptime") return `${seconds.toFixed(2)} ${(seconds * 1.97).toFixed(2)}\n`;
      return path === "/proc/sys/kernel/random/boot_id" ? "5c1d4b7e-9a20-4f3c-8b61-20c4d2a7e913\n" : undefined;
    },
  });
}
