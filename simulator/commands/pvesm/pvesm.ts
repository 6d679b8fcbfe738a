/** pvesm: storages on the command line. @source recordings 20, 28; pve-storage 8.3.6 PVE/CLI/pvesm.pm for `list` */
import { CHANGEABLE, FIXED, storageType } from "../../api/endpoints/storage.ts";
import { VMID } from "../../api/parameters.ts";
import type { Method } from "../../api/request.ts";
import { unmodelledParameters } from "../../api/unmodelled-parameters.ts";
import { type Form, named, oneOf } from "../../cluster/forms.ts";
import { Refusal } from "../../cluster/refusal.ts";
import type { LabState } from "../../cluster/state.ts";
import { storageDefinition } from "../../cluster/storage/storage-config.ts";
import type { VolumeFormat } from "../../cluster/storage/storage-state.ts";
import type { StorageConfigInputs } from "../../cluster/storage/storage-steps.ts";
import { backupProblem, volumeNameProblem } from "../../cluster/storage/volume-names.ts";
import {
  parseSize,
  STORAGE_CHECK_MS,
  splitVolid,
  storageCheckMs,
  storagesOf,
  storageTrouble,
  volumePath,
  volumesOn,
} from "../../cluster/storage/volumes.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { knownCommand } from "../lacking/known-command.ts";
import { notModelled } from "../printed.ts";
import { type CliCommand, runCommandLine } from "../pve-cli/run-command.ts";
import { type OptionDefinition, ofForm, usageLine, type Values } from "../pvecm/arguments.ts";
import { followJob } from "../qm/follow-job.ts";
import { SCANS } from "./scan.ts";

const text: OptionDefinition = { type: "string" };
const flag: OptionDefinition = { type: "boolean" };
const allOf = (forms: Record<string, Form>) =>
  Object.fromEntries(Object.entries(forms).map(([name, form]) => [name, ofForm(form)]));

/** Options that are written to storage.cfg as they are. */
const FURTHER = Object.fromEntries(
  "create-base-path is_mountpoint mkdir preallocation prune-backups".split(" ").map((name) => [name, text]),
);
const CHANGE_OPTIONS = { ...FURTHER, ...allOf(CHANGEABLE) };
const ADD_OPTIONS = { ...CHANGE_OPTIONS, ...allOf(FIXED) };

/** Known to Proxmox and not to this model: taken, and refused with a word that says so. */
const elsewhere = (method: Method, path: string, known: Record<string, OptionDefinition>) =>
  unmodelledParameters(method, path).filter((name) => !Object.hasOwn(known, name));
const NOT_FOR_ADD = elsewhere("POST", "/storage", ADD_OPTIONS);
const NOT_FOR_SET = elsewhere("PUT", "/storage/{storage}", ADD_OPTIONS);
const asText = (names: string[]) => Object.fromEntries(names.map((name) => [name, text]));

/** @returns the exit status after saying so, when an option is given that the model has not */
async function refuseOthers(context: ProgramContext, values: Values, names: string[]): Promise<number | undefined> {
  const other = names.find((name) => values[name] !== undefined);
  if (other === undefined) return undefined;
  await context.stderr.write(notModelled("pvesm", `--${other}`));
  return 1;
}

const COMMANDS: Record<string, CliCommand> = {
  add: {
    name: "pvesm add",
    fixed: ["type", "storage"],
    options: {
      type: ofForm({ ...storageType, optional: false }),
      storage: ofForm({ format: "pve-storage-id" }),
      ...ADD_OPTIONS,
      ...asText(NOT_FOR_ADD),
    },
    run: async (context, values) => {
      const refused = await refuseOthers(context, values, NOT_FOR_ADD);
      if (refused !== undefined) return refused;
      const { type, storage, ...keys } = values;
      if (keys.mkdir !== undefined) await context.stderr.write(mkdirNote(storage!));
      return configure(context, {
        node: context.node,
        op: "add",
        type: type!,
        storage: storage!,
        keys: Object.entries(keys),
      });
    },
  },
  alloc: {
    name: "pvesm alloc",
    fixed: ["storage", "vmid", "filename", "size"],
    options: {
      storage: ofForm({ format: "pve-storage-id" }),
      vmid: ofForm(VMID),
      size: ofForm({ pattern: /\d+[MG]?/ }),
      format: ofForm(oneOf("raw qcow2 subvol vmdk")),
    },
    run: alloc,
  },
  /** @source pve-storage 8.3.6 PVE/Storage.pm */
  apiinfo: {
    name: "pvesm apiinfo",
    fixed: [],
    options: {},
    run: async (context) => {
      await context.stdout.write("APIVER 11\nAPIAGE 2\n");
      return 0;
    },
  },
  extractconfig: { name: "pvesm extractconfig", fixed: ["volume"], options: { volume: text }, run: extractConfig },
  free: { name: "pvesm free", fixed: ["volume"], options: { delay: text, storage: text }, run: free },
  list: {
    name: "pvesm list",
    fixed: ["storage"],
    options: { content: ofForm(named("pve-storage-content")), vmid: ofForm({ ...VMID, optional: true }) },
    run: list,
  },
  path: { name: "pvesm path", fixed: ["volume"], options: {}, run: path },
  "prune-backups": knownCommand("pvesm prune-backups", pruneBackups),
  remove: {
    name: "pvesm remove",
    fixed: ["storage"],
    options: {},
    run: (context, values) => configure(context, { node: context.node, op: "remove", storage: values.storage! }),
  },
  set: {
    name: "pvesm set",
    fixed: ["storage"],
    options: {
      storage: ofForm({ format: "pve-storage-id" }),
      ...CHANGE_OPTIONS,
      ...asText(NOT_FOR_SET),
      delete: ofForm(named("pve-configid-list")),
    },
    run: async (context, values) => {
      const refused = await refuseOthers(context, values, NOT_FOR_SET);
      if (refused !== undefined) return refused;
      const { storage, delete: gone, ...keys } = values;
      return configure(context, {
        node: context.node,
        op: "set",
        storage: storage!,
        keys: Object.entries(keys),
        delete: (gone ?? "").split(/[,;\s]+/).filter((one) => one !== ""),
      });
    },
  },
  status: {
    name: "pvesm status",
    fixed: [],
    options: {
      storage: ofForm(named("pve-storage-id")),
      content: ofForm(named("pve-storage-content-list")),
      enabled: flag,
    },
    run: status,
  },
};

async function configure(
  context: ProgramContext,
  change: StorageConfigInputs["storage/configure"]["args"],
): Promise<number> {
  try {
    const { job } = context.lab.act("storage/configure", change);
    return await followJob(context, job, "");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return 255;
  }
}

/** @source recording 20 */
function mkdirNote(storage: string): string {
  return `NOTE: The 'mkdir' option set for '${storage}' is deprecated and will be removed in Proxmox VE 9. Use 'create-base-path' or 'create-subdirs' instead.\n`;
}

/** @source pvesm(1); pve-storage PVE/CLI/pvesm.pm (unverified) */
/** ENOTTY is what Perl saw last after it opened a file. */
const NOT_A_TERMINAL = 25;

/** @returns the path of an image that is there */
function existingImage(lab: Readonly<LabState>, node: string, storage: string, name: string): string | undefined {
  const definition = storageDefinition(lab, node, storage);
  const there = definition && volumesOn(lab, node, definition).some((volume) => volume.name === name);
  return there ? volumePath(lab, node, `${storage}:${name}`) : undefined;
}

async function alloc(context: ProgramContext, values: Values): Promise<number> {
  const { storage, vmid, filename, format } = values as {
    storage: string;
    vmid: string;
    filename: string;
    format?: string;
  };
  const size = /^\d+$/.test(values.size!) ? Number(values.size) * 1024 : parseSize(values.size!)!;
  const type = context.lab.read((lab) => storageDefinition(lab, context.node, storage)?.type);
  const raw = type === "lvmthin";
  const suffix = /\.(raw|qcow2|vmdk)$/.exec(filename)?.[1];
  if (type !== undefined && !raw && filename !== "") {
    const path = context.lab.read((lab) => existingImage(lab, context.node, storage, `${vmid}/${filename}`));
    const wrong =
      suffix === undefined
        ? { text: `unable to parse volume filename '${filename}'`, status: 2 }
        : path && { text: `disk image '${path}' already exists`, status: NOT_A_TERMINAL };
    if (wrong) {
      await context.stderr.write(`${wrong.text}\n`);
      return wrong.status;
    }
  }
  return change(context, () => {
    const { volid, output } = context.lab.act("storage/alloc", {
      node: context.node,
      storage,
      vmid: Number(vmid),
      sizeBytes: size,
      ...(filename !== "" && { name: raw ? filename : `${vmid}/${filename}` }),
      format: (format ?? suffix ?? "raw") as VolumeFormat,
    });
    return `${output.map((line) => `${line}\n`).join("")}successfully created '${volid}'\n`;
  });
}

/** Nobody asks whether a guest still uses it. */
/** An image that is not there is no error: it is told, and the volume counts as removed. @source pve-storage 8.3.8, typed */
async function free(context: ProgramContext, values: Values): Promise<number> {
  const named = values.volume!.includes(":");
  if (!named && values.storage === undefined) {
    await context.stderr.write(
      `400 Parameter verification failed.\nvolume: no storage specified - incomplete volume ID\n${usageLine(COMMANDS.free!)}\n`,
    );
    return 255;
  }
  const volid = named ? values.volume! : `${values.storage}:${values.volume}`;
  try {
    context.lab.act("storage/free", { node: context.node, volid });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await context.stderr.write(`${error.message}\n`);
    if (!error.message.startsWith("disk image ")) return 255;
  }
  await context.stdout.write(`Removed volume '${volid}'\n`);
  return 0;
}

/** There is no backup in a lab, of any name. @source pve-storage 8.3.8, typed */
async function extractConfig(context: ProgramContext, { volume }: Values): Promise<number> {
  const wrong = context.lab.read((lab) => backupProblem(lab, context.node, volume!));
  await context.stderr.write(`${wrong ?? `volume '${volume}' does not exist`}\n`);
  return wrong === undefined ? 2 : 255;
}

/** Of the backups that a lab has none of there is nothing to prune. @source pve-storage 8.3.8, typed */
async function pruneBackups(context: ProgramContext, values: Values): Promise<number> {
  const { storage } = values as { storage: string };
  const known = context.lab.read((lab) => storageDefinition(lab, context.node, storage) !== undefined);
  if (!known) await context.stderr.write(`storage '${storage}' does not exist\n`);
  else if (isTrue(values["dry-run"])) await context.stdout.write("No backups found\n");
  return 0;
}

async function change(context: ProgramContext, act: () => string): Promise<number> {
  try {
    await context.stdout.write(act());
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await context.stderr.write(`${error.message}\n`);
    return 255;
  }
}

const listOf = (value: string) => value.split(/[,;\s]+/).filter((one) => one !== "");

async function status(context: ProgramContext, values: Values): Promise<number> {
  const all = context.lab.read((lab) =>
    storagesOf(lab, context.node, values.content === undefined ? undefined : listOf(values.content)),
  );
  const known = all.map(({ definition }) => definition.storage);
  if (values.storage !== undefined && !known.includes(values.storage)) {
    await context.stderr.write(
      `400 Parameter verification failed.\nstorage: No such storage.\n${usageLine(COMMANDS.status!)}\n`,
    );
    return 255;
  }
  const rows = all
    .filter(({ definition }) => values.storage === undefined || definition.storage === values.storage)
    .filter(({ definition }) => !isTrue(values.enabled) || !definition.disabled)
    .sort((a, b) => (a.definition.storage < b.definition.storage ? -1 : 1));
  // @source pve-storage PVE/CLI/pvesm.pm print_status
  const width = Math.max(0, ...rows.map(({ definition }) => definition.storage.length)) + 1;
  const line = (name: string, type: string, state: string, ...numbers: string[]) =>
    `${name.padEnd(width)} ${type.padStart(10)} ${state.padStart(10)} ${numbers.map((one) => one.padStart(15)).join(" ")}`;
  let out = `${line("Name", "Type", "Status", "Total", "Used", "Available")}        %\n`;
  for (const { definition, enabled, online, space } of rows) {
    const kib = (bytes: number) => String(Math.floor(bytes / 1024));
    const percent = space.totalBytes === 0 ? "0.00%" : `${((space.usedBytes / space.totalBytes) * 100).toFixed(2)}%`;
    const state = !enabled ? "disabled" : online ? "active" : "inactive";
    if (enabled && !online) {
      await context.lab.sleep(STORAGE_CHECK_MS, context.signal);
      await context.stderr.write(`storage '${definition.storage}' is not online\n`);
    }
    out += `${line(definition.storage, definition.type, state, kib(space.totalBytes), kib(space.usedBytes), kib(space.availableBytes))} ${(enabled ? percent : "N/A").padStart(8)}\n`;
  }
  await context.stdout.write(out);
  return 0;
}

async function list(context: ProgramContext, values: Values): Promise<number> {
  const storage = values.storage!;
  const trouble = context.lab.read((lab) => storageTrouble(lab, context.node, storage));
  if (trouble) {
    await context.lab.sleep(storageCheckMs(trouble), context.signal);
    await context.stderr.write(`${trouble}\n`);
    return 255;
  }
  const rows = context.lab
    .read((lab) => volumesOn(lab, context.node, storageDefinition(lab, context.node, storage)!))
    .filter((volume) => values.vmid === undefined || String(volume.vmid) === values.vmid)
    .filter((volume) => values.content === undefined || (volume.format === "iso" ? "iso" : "images") === values.content)
    .map((volume) => ({ ...volume, volid: `${storage}:${volume.name}` }));
  const nameWidth = Math.max(0, ...rows.map((volume) => volume.volid.length));
  const sizeWidth = Math.max(1, ...rows.map((volume) => String(volume.sizeBytes).length));
  const line = (volid: string, format: string, type: string, size: string, vmid = "") =>
    `${volid.padEnd(nameWidth)} ${format.padEnd(7)} ${type.padEnd(9)} ${size.padStart(sizeWidth)}${vmid}\n`;
  let out = line("Volid", "Format", "Type", "Size", " VMID");
  // What belongs to no guest comes last.
  for (const volume of [...rows.filter((one) => one.vmid !== 0), ...rows.filter((one) => one.vmid === 0)]) {
    const type = volume.format === "iso" ? "iso" : "images";
    out += line(
      volume.volid,
      volume.format,
      type,
      String(volume.sizeBytes),
      volume.vmid === 0 ? "" : ` ${volume.vmid}`,
    );
  }
  await context.stdout.write(out);
  return 0;
}

/** Where a volume would be, whether or not it is there. */
async function path(context: ProgramContext, values: Values): Promise<number> {
  const volume = values.volume!;
  const { lab, node } = context;
  const parts = splitVolid(volume);
  const definition = parts && lab.read((state) => storageDefinition(state, node, parts.storage));
  const problem = !parts
    ? `unable to parse volume ID '${volume}'\n`
    : !definition
      ? `storage '${parts.storage}' does not exist`
      : volumeNameProblem(definition.type, parts.name);
  if (problem !== undefined) {
    await context.stderr.write(`${problem}\n`);
    return 255;
  }
  await context.stdout.write(`${lab.read((state) => volumePath(state, node, volume))}\n`);
  return 0;
}

export function pvesm(context: ProgramContext): Promise<number> {
  return runCommandLine(context, { program: "pvesm", commands: [...Object.values(COMMANDS), ...SCANS] });
}
