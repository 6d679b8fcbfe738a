/**
 * Forms of values, as Proxmox describes parameters and the parts of a property string (`virtio,bridge=vmbr0`), and what
 * is said of a value that has not its form.
 *
 * @source pve-common PVE/JSONSchema.pm check_prop, check_format, parse_property_string and the verify_ functions
 */

export interface Form {
  type?: "string" | "integer" | "number" | "boolean";
  optional?: boolean;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  /** The whole value. */
  pattern?: RegExp;
  /** A named form, or the parts of a property string. */
  format?: FormatName | Readonly<Record<string, Form>>;
  /** Of a property string whose parts have their forms: what is wrong with them together. */
  together?: (parts: Readonly<Record<string, string>>) => string | undefined;
  /** The value of a property string that stands without a key. */
  defaultKey?: true;
  /** Another name of this part. */
  alias?: string;
  /** The name by which this part is given is the value of that one: `virtio=MAC` for `model=virtio,macaddr=MAC`. */
  keyAlias?: string;
}

const BYTE = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const IPV4 = `${BYTE}(?:\\.${BYTE}){3}`;
const IPV6 = "(?=[\\da-fA-F:]*:[\\da-fA-F:]*:)[\\da-fA-F:]{2,39}";
const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);

const CONFIG_ID = /^[a-z][a-z0-9_-]+$/i;
const NODE = whole(LABEL);
const STORAGE_ID = /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i;
const CIDR = whole(`${IPV4}/(?:[89]|[12]\\d|3[0-2])|${IPV6}/(?:[89]|[1-9]\\d|1[01]\\d|12[0-8])`);
const VMID = /^[1-9]\d{2,8}$/;
const STORAGE_CONTENTS = ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import", "none"];

const plainly = (fits: RegExp, what: string) => (value: string) =>
  fits.test(value) ? undefined : `value does not look like a valid ${what}`;

/** @source pve-manager 8.4.21 PVE/NodeConfig.pm pve-acme-domain, pve-acme-alias; the domain's text typed */
function acmeProblem(value: string, what: "alias" | "domain"): string | undefined {
  const fits = what === "alias" ? /^\w[\w-]*(?:\.\w[\w-]*)+$/ : /^[a-z0-9][\w-]*(?:\.[a-z0-9][\w-]*)+$/i;
  return fits.test(value) ? undefined : `value '${value}' does not look like a valid ${what} name!`;
}

/** Each named form: what is wrong with a value, without the newline that ends it. */
const FORMATS = {
  address: plainly(whole(`${IPV4}|${IPV6}|(?:${LABEL}\\.)*${LABEL}`), "address"),
  CIDR: plainly(CIDR, "CIDR network"),
  CIDRv4: plainly(whole(`${IPV4}/(?:[1-9]|[12]\\d|3[0-2])`), "IPv4 network"),
  "dns-name": plainly(whole(`(?:${LABEL}\\.)*${LABEL}`), "DNS name"),
  "pve-acme-alias": (value: string) => acmeProblem(value, "alias"),
  "pve-acme-domain": (value: string) => acmeProblem(value, "domain"),
  "disk-size": (value: string) =>
    /^\d+(?:\.\d+)?[KMGT]?$/.test(value) ? undefined : `value does not look like a valid disk size: ${value}`,
  email: plainly(/^[\w+\-~]+(?:\.[\w+\-~]+)*@(?:[a-zA-Z0-9-]+\.)*[a-zA-Z0-9]+$/, "email address"),
  ip: plainly(whole(`${IPV4}|${IPV6}`), "IP address"),
  ipv4: plainly(whole(IPV4), "IPv4 address"),
  "mac-addr": plainly(/^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}$/i, "unicast MAC address"),
  "mac-prefix": plainly(/^[a-f0-9][02468ace](?::[a-f0-9]{2}){0,2}:?$/i, "unicast MAC address prefix"),
  "pve-bridge-id": (value: string) => (/^[-_.\w\d]+$/.test(value) ? undefined : `invalid bridge ID '${value}'`),
  "pve-iface": (value: string) =>
    /^[a-zA-Z][a-zA-Z0-9_]{1,20}(?:[:.]\d+)?$/.test(value) ? undefined : `invalid network interface name '${value}'`,
  "pve-configid": (value: string) => (CONFIG_ID.test(value) ? undefined : `invalid configuration ID '${value}'`),
  "pve-groupid": (value: string) =>
    /^[A-Za-z0-9.\-_]+$/.test(value) ? undefined : `group name '${value}' contains invalid characters`,
  "pve-ha-resource-id": plainly(/^[a-z]+:\S+$/, "ha resource id"),
  "pve-ha-resource-or-vm-id": plainly(/^(?:[a-z]+:\S+|\d+)$/, "ha resource id"),
  "pve-ha-group-node": plainly(whole(`${LABEL}(?::\\d+)?`), "ha group node"),
  "pve-node": plainly(NODE, "node name"),
  "pve-phys-bits": (value: string) =>
    value === "host" || (/^\d{1,2}$/.test(value) && Number(value) >= 8 && Number(value) <= 64)
      ? undefined
      : "value must be an integer between 8 and 64 or 'host'",
  "pve-poolid": (value: string) =>
    /^[A-Za-z0-9.\-_]+(?:\/[A-Za-z0-9.\-_]+){0,2}$/.test(value)
      ? undefined
      : `pool name '${value}' contains invalid characters`,
  "pve-qm-bootdev": (value: string) =>
    /^(?:scsi\d+|virtio\d+|ide[0-3]|sata[0-5]|net\d+|usb\d+|hostpci\d+)$/.test(value)
      ? undefined
      : `invalid boot device '${value}'`,
  "pve-replication-job-id": (value: string) => {
    const guest = /^(\d+)-\d+$/.exec(value)?.[1];
    if (guest === undefined) return `invalid replication job id '${value}'`;
    return Number(guest) < 100 ? `invalid replication job id '${value}' (guest IDs < 100 are reserved)` : undefined;
  },
  "pve-roleid": (value: string) =>
    /^[A-Za-z0-9.\-_]+$/.test(value) ? undefined : `role name '${value}' contains invalid characters`,
  "pve-startup-order": (value: string) =>
    value.split(",").every((part) => /^(?:(?:order=)?\d+|(?:up|down)=\d+)$/.test(part.trim()))
      ? undefined
      : "unable to parse startup options",
  "pve-storage-content": (value: string) =>
    STORAGE_CONTENTS.includes(value) ? undefined : `invalid content type '${value}'`,
  "pve-storage-options": (value: string) => (/^\S+$/.test(value) ? undefined : `invalid options '${value}'`),
  "pve-storage-path": plainly(/^\/[^;()]+$/, "absolute path"),
  "pve-storage-portal-dns": plainly(
    whole(`(?:\\[(?:${IPV6})\\]|${IPV4}|(?:${LABEL}\\.)*${LABEL})(?::\\d+)?`),
    "portal address",
  ),
  "pve-storage-server": plainly(whole(`${IPV4}|${IPV6}|(?:${LABEL}\\.)*${LABEL}`), "server name or IP address"),
  "pve-storage-vgname": (value: string) => {
    if (value.length < 2) return `lvm name '${value}' too short`;
    return STORAGE_ID.test(value) ? undefined : `lvm name '${value}' contains illegal characters`;
  },
  "pve-storage-id": (value: string) =>
    STORAGE_ID.test(value) ? undefined : `storage ID '${value}' contains illegal characters`,
  "pve-tag": (value: string) => (/^[a-z0-9_][a-z0-9_\-+.]*$/i.test(value) ? undefined : "invalid characters in tag"),
  "pve-vmid": plainly(VMID, "VM ID"),
  "pve-volume-id": (value: string) =>
    /^[a-z][a-z0-9\-_.]*[a-z0-9]:.+$/i.test(value) ? undefined : `unable to parse volume ID '${value}'`,
  "pve-volume-or-path": (value: string) =>
    /^(?:none|cdrom|\/.*|[a-z][a-z0-9\-_.]*[a-z0-9]:.+)$/i.test(value)
      ? undefined
      : `unable to parse volume ID '${value}'`,
  "storage-pair": (value: string) =>
    value === "1" || value.split(":").every((id) => STORAGE_ID.test(id) && id.length >= 2)
      ? undefined
      : `entry '${value}' contains invalid ID - storage ID '${value}' contains illegal characters\n`,
} satisfies Record<string, (value: string) => string | undefined>;

type Plain = keyof typeof FORMATS;
export type FormatName = Plain | `${Plain}-list` | `${Plain}-opt`;

/** What is wrong with a value, in Proxmox's words; undefined when nothing is. @param path the parameter's name */
export function formProblem(form: Form, value: string, path: string): string | undefined {
  const wrongType = typeProblem(form.type ?? "string", value);
  if (wrongType !== undefined) return wrongType;
  const wrongFormat = form.format === undefined ? undefined : formatProblem(form.format, value, path);
  if (wrongFormat !== undefined) return `invalid format - ${wrongFormat}\n`;
  if (form.together && typeof form.format === "object") {
    const read = readProperties(form.format, value);
    const wrong = "values" in read ? form.together(read.values) : undefined;
    if (wrong !== undefined) return `invalid format - ${wrong}\n`;
  }
  if (form.pattern && !new RegExp(`^(?:${form.pattern.source})$`, form.pattern.flags).test(value))
    return "value does not match the regex pattern";
  if (form.maxLength !== undefined && value.length > form.maxLength) {
    return `value may only be ${form.maxLength} characters long`;
  }
  if (form.minLength !== undefined && value.length < form.minLength) {
    return `value must be at least ${form.minLength} characters long`;
  }
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(value)) {
    if (form.maximum !== undefined && Number(value) > form.maximum) {
      return `value must have a maximum value of ${form.maximum}`;
    }
    if (form.minimum !== undefined && Number(value) < form.minimum) {
      return `value must have a minimum value of ${form.minimum}`;
    }
  }
  if (form.enum && !form.enum.includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${form.enum.join(", ")}'`;
  }
  return undefined;
}

function typeProblem(type: NonNullable<Form["type"]>, value: string): string | undefined {
  const fits = {
    string: () => true,
    integer: () => /^[+-]?\d+$/.test(value),
    number: () => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value),
    boolean: () => /^(?:0|1|yes|no|on|off|true|false)$/i.test(value),
  };
  return fits[type]() ? undefined : `type check ('${type}') failed - got '${value}'`;
}

function formatProblem(format: NonNullable<Form["format"]>, value: string, path: string): string | undefined {
  if (typeof format !== "string") return propertiesProblem(format, value, path);
  const [, name, kind] = /^(.*?)(?:-(list|opt))?$/.exec(format)! as unknown as [string, Plain, string | undefined];
  const check = FORMATS[name];
  if (kind === "opt" && value === "") return undefined;
  if (kind !== "list") return check(value);
  const parts = value.split(/[,;\s\0]+/).filter((part) => part !== "");
  return parts.map(check).find((problem) => problem !== undefined);
}

/** The parts of a property string; what is wrong with it as one text. */
function propertiesProblem(parts: Readonly<Record<string, Form>>, value: string, path: string): string | undefined {
  const read = readProperties(parts, value);
  if ("problem" in read) return read.problem;
  const lines = Object.keys(read.values)
    .filter((key) => !Object.hasOwn(parts, key))
    .map(
      (key) =>
        `${path}.${key}: property is not defined in schema and the schema does not allow additional properties\n`,
    );
  for (const [key, form] of Object.entries(parts)) {
    if (form.alias !== undefined) continue;
    const given = read.values[key];
    if (given === undefined) {
      if (!form.optional) lines.push(`${path}.${key}: property is missing and it is not optional\n`);
      continue;
    }
    const problem = formProblem(form, given, `${path}.${key}`);
    if (problem !== undefined) lines.push(`${path}.${key}: ${problem}\n`);
  }
  return lines.length > 0 ? `format error\n${lines.sort().join("")}`.slice(0, -1) : undefined;
}

function readProperties(
  parts: Readonly<Record<string, Form>>,
  text: string,
): { values: Record<string, string> } | { problem: string } {
  const values: Record<string, string> = {};
  const first = Object.keys(parts).find((key) => parts[key]!.defaultKey);
  let bare = false;
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const pair = /^([^=]+)=(.+)$/.exec(part);
    if (!pair) {
      if (part.includes("=")) return { problem: "missing key in comma-separated list property" };
      if (first === undefined) return { problem: "value without key, but schema does not define a default key" };
      if (bare || values[first] !== undefined) {
        return { problem: `duplicate key in comma-separated list property: ${first}` };
      }
      bare = true;
      values[first] = part;
      continue;
    }
    const [, name, value] = pair as unknown as [string, string, string];
    if (values[name] !== undefined) return { problem: `duplicate key in comma-separated list property: ${name}` };
    const form = Object.hasOwn(parts, name) ? parts[name]! : undefined;
    if (!form) {
      values[name] = value;
      continue;
    }
    if (form.keyAlias !== undefined) {
      if (values[form.keyAlias] !== undefined) return { problem: `key alias '${form.keyAlias}' is already defined` };
      values[form.keyAlias] = name;
    }
    const key = form.alias ?? name;
    if (form.alias !== undefined && values[key] !== undefined) {
      return { problem: `key '${key}' is already defined (via alias)` };
    }
    values[key] = value;
  }
  return { values };
}

/** Short ways to write forms. */
export const oneOf = (values: string): Form => ({ optional: true, enum: values.split(" ") });
export const flag: Form = { type: "boolean", optional: true };
export const whole32 = (minimum?: number, maximum?: number): Form => ({
  type: "integer",
  optional: true,
  ...(minimum !== undefined && { minimum }),
  ...(maximum !== undefined && { maximum }),
});
export const numberFrom = (minimum?: number, maximum?: number): Form => ({
  ...whole32(minimum, maximum),
  type: "number",
});
export const like = (pattern: RegExp, maxLength?: number): Form => ({
  optional: true,
  pattern,
  ...(maxLength !== undefined && { maxLength }),
});
export const named = (format: FormatName): Form => ({ optional: true, format });
export const upTo = (maxLength: number): Form => ({ optional: true, maxLength });
export const text: Form = { optional: true };
