/** Options of guests' configurations on the command line: those that the model keeps, by their Proxmox names. */
import type { OptionDefinition } from "../pvecm/arguments.ts";

const text: OptionDefinition = { type: "string" };
const flag: OptionDefinition = { type: "boolean" };
const count: OptionDefinition = { type: "integer", minimum: 0 };

const numbered = (name: string, upTo: number) =>
  Object.fromEntries(Array.from({ length: upTo + 1 }, (_, number) => [`${name}${number}`, text]));

export const VMID: OptionDefinition = {
  type: "integer",
  pattern: /^[1-9]\d{2,8}$/,
  patternText: "value does not look like a valid VM ID",
};

/** What `qm create` and `qm set` take. */
export const CONFIG_OPTIONS: Record<string, OptionDefinition> = {
  vmid: VMID,
  ...numbered("scsi", 30),
  ...numbered("virtio", 15),
  ...numbered("ide", 3),
  ...numbered("sata", 5),
  ...numbered("net", 31),
  ...numbered("ipconfig", 31),
  ...numbered("usb", 13),
  ...numbered("hostpci", 15),
  ...numbered("serial", 3),
  ...numbered("unused", 30),
  ...Object.fromEntries(
    (
      "agent arch args audio0 bios boot cicustom cipassword citype ciuser cpu description efidisk0 hotplug keyboard " +
      "lock machine name nameserver ostype rng0 scsihw searchdomain smbios1 sshkeys startdate startup tags tpmstate0 vga vmgenid watchdog digest"
    )
      .split(" ")
      .map((name) => [name, text]),
  ),
  ...Object.fromEntries(
    "acpi autostart kvm localtime numa onboot protection reboot tablet template skiplock force"
      .split(" ")
      .map((name) => [name, flag]),
  ),
  ...Object.fromEntries(
    "balloon cores cpulimit cpuunits memory shares smp sockets vcpus".split(" ").map((name) => [name, count]),
  ),
};

export const SET_OPTIONS: Record<string, OptionDefinition> = { ...CONFIG_OPTIONS, delete: text, revert: text };
