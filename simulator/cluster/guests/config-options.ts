/** Names of the options that a guest's configuration takes, by kind. @source qemu-server PVE/QemuServer.pm $confdesc */

const numbered = (name: string, upTo: number) => Array.from({ length: upTo + 1 }, (_, number) => `${name}${number}`);

export const TEXT_OPTIONS: string[] = [
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
  ...(
    "agent arch args audio0 bios boot cicustom cipassword citype ciuser cpu description efidisk0 hotplug keyboard " +
    "lock machine name nameserver ostype rng0 scsihw searchdomain smbios1 sshkeys startdate startup tags tpmstate0 " +
    "vga vmgenid watchdog digest"
  ).split(" "),
];

export const FLAG_OPTIONS: string[] =
  "acpi autostart kvm localtime numa onboot protection reboot tablet template skiplock force".split(" ");

/** Whether a configuration may hold a key of this name; some only Proxmox itself sets. */
export function isOption(name: string): boolean {
  const known = [TEXT_OPTIONS, FLAG_OPTIONS, COUNT_OPTIONS, SET_BY_PROXMOX];
  return !NO_KEYS.has(name) && known.some((names) => names.includes(name));
}

const SET_BY_PROXMOX = ["vmstate", "runningmachine", "parent", "snaptime", "meta"];

/** Options of the command, and not of a guest. */
const NO_KEYS = new Set(["digest", "skiplock", "force"]);

export const COUNT_OPTIONS: string[] = "balloon cores cpulimit cpuunits memory shares smp sockets vcpus".split(" ");
