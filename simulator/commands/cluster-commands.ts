/** Proxmox's, corosync's and systemd's commands of a node. */
import type { ProgramEntry } from "../shell/process.ts";
import { qdeviceCertutil } from "./corosync-tools/certutil.ts";
import { corosyncCfgtool } from "./corosync-tools/corosync-cfgtool.ts";
import { corosyncCmapctl } from "./corosync-tools/corosync-cmapctl.ts";
import { corosyncCpgtool } from "./corosync-tools/corosync-cpgtool.ts";
import { corosyncKeygen } from "./corosync-tools/corosync-keygen.ts";
import { corosyncQdevice, corosyncQdeviceTool } from "./corosync-tools/corosync-qdevice-tool.ts";
import { corosyncQuorumtool } from "./corosync-tools/corosync-quorumtool.ts";
import { curl } from "./curl/curl.ts";
import { haManager } from "./ha-manager/ha-manager.ts";
import { pmxcfs } from "./pve-cli/pmxcfs.ts";
import { pvecm } from "./pvecm/pvecm.ts";
import { pvenode } from "./pvenode/pvenode.ts";
import { pvesh } from "./pvesh/pvesh.ts";
import { pvesm } from "./pvesm/pvesm.ts";
import { pveum } from "./pveum/pveum.ts";
import { pveversion } from "./pveversion.ts";
import { qm } from "./qm/qm.ts";
import { scp } from "./ssh/scp.ts";
import { ssh } from "./ssh/ssh.ts";
import { journalctl } from "./systemd/journalctl.ts";
import { systemctl } from "./systemd/systemctl.ts";

export const clusterCommands: Record<string, ProgramEntry> = {
  "corosync-cpgtool": { program: corosyncCpgtool, path: "/usr/sbin/corosync-cpgtool" },
  "corosync-cfgtool": { program: corosyncCfgtool, path: "/usr/sbin/corosync-cfgtool" },
  "corosync-cmapctl": { program: corosyncCmapctl, path: "/usr/sbin/corosync-cmapctl" },
  "corosync-keygen": { program: corosyncKeygen, path: "/usr/sbin/corosync-keygen" },
  "corosync-qdevice": { program: corosyncQdevice, path: "/usr/sbin/corosync-qdevice" },
  "corosync-qdevice-net-certutil": { program: qdeviceCertutil, path: "/usr/sbin/corosync-qdevice-net-certutil" },
  "corosync-qdevice-tool": { program: corosyncQdeviceTool, path: "/usr/sbin/corosync-qdevice-tool" },
  "corosync-quorumtool": { program: corosyncQuorumtool, path: "/usr/sbin/corosync-quorumtool" },
  curl: { program: curl, path: "/usr/bin/curl" },
  "ha-manager": { program: haManager, path: "/usr/sbin/ha-manager" },
  journalctl: { program: journalctl, path: "/usr/bin/journalctl" },
  pmxcfs: { program: pmxcfs, path: "/usr/bin/pmxcfs" },
  pvecm: { program: pvecm, path: "/usr/bin/pvecm" },
  pvenode: { program: pvenode, path: "/usr/bin/pvenode" },
  pvesh: { program: pvesh, path: "/usr/bin/pvesh" },
  pveum: { program: pveum, path: "/usr/sbin/pveum" },
  pvesm: { program: pvesm, path: "/usr/sbin/pvesm" },
  pveversion: { program: pveversion, path: "/usr/bin/pveversion" },
  qm: { program: qm, path: "/usr/sbin/qm" },
  scp: { program: scp, path: "/usr/bin/scp" },
  ssh: { program: ssh, path: "/usr/bin/ssh" },
  systemctl: { program: systemctl, path: "/usr/bin/systemctl" },
};
