/**
 * Which privilege each option of a guest's configuration needs: whoever may set one may not set all.
 *
 * @source qemu-server 8.4.10 PVE/API2/Qemu.pm $check_vm_modify_config_perm, $check_storage_access
 */
import { isDriveKey } from "../cluster/guests/guest-config.ts";
import type { LabState } from "../cluster/state.ts";
import { missing } from "./access-change.ts";
import type { Identity } from "./endpoint.ts";
import { hasPrivilege } from "./permissions.ts";

/** One of these is needed to change anything at all. */
export const CONFIG_PRIVILEGES = ["Disk", "CDROM", "CPU", "Memory", "Network", "HWType", "Options", "Cloudinit"].map(
  (name) => `VM.Config.${name}`,
);

const OPTIONS: Record<string, string> = {
  "VM.Config.CPU": "cores cpu runningcpu cpulimit cpuunits numa smp sockets vcpus",
  "VM.Config.Memory": "memory balloon shares",
  "VM.Config.HWType": "acpi hotplug kvm machine runningmachine scsihw smbios1 tablet vga watchdog audio0 rng0",
  "VM.Config.Options":
    "agent autostart bios description keyboard localtime migrate_downtime migrate_speed name onboot ostype protection reboot startdate startup tdf template",
  "VM.PowerMgmt": "freeze",
  "VM.Config.Disk": "boot bootdisk vmstatestorage",
};
/** Options that are for a guest's cloud-init. */
export const CLOUDINIT =
  /^(?:cicustom|cipassword|citype|ciuser|ciupgrade|nameserver|searchdomain|sshkeys|ipconfig\d+)$/;

const PRIVILEGE_OF = new Map(
  Object.entries(OPTIONS).flatMap(([privilege, names]) => names.split(" ").map((name) => [name, privilege] as const)),
);

/**
 * Why somebody may not change these options; undefined when they may.
 *
 * @param changed options that are set, with their values, and such as are deleted, without
 * @returns status and text of the refusal
 */
export function refusedOptions(
  lab: Readonly<LabState>,
  node: string,
  who: Identity,
  vmid: number,
  changed: [name: string, value: string | undefined][],
): { status: 403 | 500; message: string } | undefined {
  if (who.user === "root@pam" && who.tokenId === undefined) return undefined;
  const lacks = (path: string, privilege: string) => !hasPrivilege(lab, node, who, path, privilege);
  const guest = `/vms/${vmid}`;
  const refuse = (path: string, ...privileges: string[]) =>
    ({ status: 403, message: missing(path, privileges) }) as const;
  for (const [name, value] of changed) {
    if (/^unused\d+$/.test(name) || name === "tags" || name === "cdrom") continue;
    if (isDriveKey(name)) {
      const privilege = /(?:^|,)media=cdrom(?:,|$)/.test(value ?? "") ? "VM.Config.CDROM" : "VM.Config.Disk";
      if (lacks(guest, privilege)) return refuse(guest, privilege);
      const storage = /^([A-Za-z][\w.-]*):\d+(?:\.\d+)?(?:,|$)/.exec(value ?? "")?.[1];
      const path = `/storage/${storage}`;
      if (storage !== undefined && lacks(path, "Datastore.AllocateSpace"))
        return refuse(path, "Datastore.AllocateSpace");
      continue;
    }
    if (CLOUDINIT.test(name)) {
      const either = ["VM.Config.Cloudinit", "VM.Config.Network"];
      if (either.every((privilege) => lacks(guest, privilege))) return refuse(guest, ...either);
      continue;
    }
    const privilege =
      PRIVILEGE_OF.get(name) ??
      (/^numa\d+$/.test(name) ? "VM.Config.CPU" : /^net\d+$/.test(name) ? "VM.Config.Network" : undefined) ??
      (/^serial\d+$/.test(name) && (value ?? "socket") === "socket" ? "VM.Config.HWType" : undefined);
    if (privilege === undefined) {
      const device = /^(?:serial|usb|hostpci|virtiofs)\d+$/.test(name) ? " for real devices" : "";
      return { status: 500, message: `only root can set '${name}' config${device}` };
    }
    if (lacks(guest, privilege)) return refuse(guest, privilege);
    if (name === "startup" && lacks("/", "Sys.Modify")) return refuse("/", "Sys.Modify");
  }
  return undefined;
}
