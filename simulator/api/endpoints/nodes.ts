/** `/nodes`: the list, and what one node says of itself. @source recordings 08, 12, 35 */
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import { nodeZone } from "../../cluster/node-settings/clock.ts";
import { isZoneName, localOfInstant } from "../../cluster/node-settings/zone-time.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { changeZone } from "../../node-view/zone-files.ts";
import { ApiRefusal, type Json, ordered, success, wrongParameters } from "../answer.ts";
import { APPLIANCE, loadOf } from "../appliance.ts";
import { certificateOf, clusterView } from "../cluster-view.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { oneOf } from "../parameters.ts";
import { hasPrivilege } from "../permissions.ts";
import { figures, figuresAreKept } from "./figures.ts";

const audit = { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Audit" } as const;

export const nodeEndpoints: Endpoint[] = [
  { method: "GET", path: "/nodes", permission: { kind: "user" }, answer: list },
  { method: "GET", path: "/nodes/{node}/status", permission: audit, proxied: true, answer: status },
  {
    method: "POST",
    path: "/nodes/{node}/status",
    permission: { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.PowerMgmt" },
    proxied: true,
    protected: true,
    parameters: { command: { check: oneOf(["reboot", "shutdown"]) } },
    answer: ({ lab, node, params }) => {
      lab.act("power/shutdown", { node, reboot: params.command === "reboot", delayMs: 0 });
      return success(null);
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/version",
    permission: { kind: "user" },
    proxied: true,
    answer: () => success({ version: APPLIANCE.version, release: APPLIANCE.release, repoid: APPLIANCE.repoId }),
  },
  { method: "GET", path: "/nodes/{node}/time", permission: audit, proxied: true, answer: time },
  {
    method: "PUT",
    path: "/nodes/{node}/time",
    permission: { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Modify" },
    proxied: true,
    protected: true,
    parameters: { timezone: {} },
    answer: setZone,
  },
  {
    method: "GET",
    path: "/nodes/{node}/lxc",
    permission: { kind: "user" },
    proxied: true,
    protected: true,
    answer: () => success([]),
  },
];

function list({ lab, node, who }: EndpointContext) {
  return lab.read((state) => {
    const nodes: Json[] = clusterView(state, node).members.map((member) => {
      const fingerprint = certificateOf(state, node, member.name);
      const seen = hasPrivilege(state, node, who, `/nodes/${member.name}`, "Sys.Audit");
      return {
        id: `node/${member.name}`,
        type: "node",
        node: member.name,
        status: member.online ? "online" : "offline",
        ...(fingerprint !== undefined && { ssl_fingerprint: fingerprint }),
        ...(figuresAreKept(state, node, member) && {
          level: "",
          ...(seen && figures(state, member.name, member.online)),
        }),
      };
    });
    return success(nodes);
  });
}

function status({ lab, node }: EndpointContext) {
  return lab.read((state) => {
    const load = loadOf(state, node);
    const { memoryBytes, swapBytes, rootBytes, kernelRelease, kernelVersion } = APPLIANCE;
    return success({
      uptime: load.uptimeSeconds,
      pveversion: `pve-manager/${APPLIANCE.version}/${APPLIANCE.repoId}`,
      kversion: `Linux ${kernelRelease} ${kernelVersion}`,
      "current-kernel": { sysname: "Linux", release: kernelRelease, version: kernelVersion, machine: "x86_64" },
      "boot-info": { mode: "legacy-bios" },
      loadavg: ordered([...load.loadAverage]),
      cpu: load.cpuFraction,
      wait: 0,
      idle: 0,
      ksm: { shared: 0 },
      cpuinfo: {
        model: APPLIANCE.cpuModel,
        cpus: APPLIANCE.cpus,
        cores: APPLIANCE.cpus,
        sockets: 1,
        mhz: APPLIANCE.cpuMhz,
        user_hz: 100,
        hvm: "",
        flags:
          "fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall nx lm",
      },
      memory: { total: memoryBytes, used: load.memoryBytes, free: memoryBytes - load.memoryBytes },
      swap: { total: swapBytes, used: 0, free: swapBytes },
      rootfs: {
        total: rootBytes,
        used: load.rootBytes,
        free: rootBytes - load.rootBytes,
        // ext4 keeps a twentieth for root.
        avail: Math.floor(rootBytes * 0.95) - load.rootBytes,
      },
    });
  });
}

/** @source pve-common PVE/INotify.pm write_etc_timezone() */
async function setZone({ lab, node, params }: EndpointContext) {
  const zone = params.timezone!;
  if (!isZoneName(zone)) throw new ApiRefusal(wrongParameters({ timezone: "No such timezone" }));
  await changeZone(createNodeFiles(lab, node), zone, `/usr/share/zoneinfo/${zone}`);
  return success(null);
}

function time({ lab, node }: EndpointContext) {
  return lab.read((state) => {
    const wallMs = wallNowMs(state, node);
    const local = localOfInstant(nodeZone(state, node), wallMs);
    const timezone = (readNodeFile(state, node, "/etc/timezone") ?? "").split("\n")[0]!;
    return success({ time: Math.floor(wallMs / 1000), localtime: Math.floor(local / 1000), timezone });
  });
}
