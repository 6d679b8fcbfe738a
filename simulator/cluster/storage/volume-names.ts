/** Names of volumes as storages take them apart. @source pve-storage 8.3.8, typed */
import type { LabState } from "../state.ts";
import { storageDefinition } from "./storage-config.ts";
import { splitVolid } from "./volumes.ts";

/** What is wrong with a volume's name on a kind of storage; undefined when nothing is. */
export function volumeNameProblem(type: string, name: string): string | undefined {
  const fits =
    type === "lvmthin"
      ? /^(?:vm|base|snap_vm)-\d+-\S+$/
      : /^(?:\d+\/\S+|(?:iso|vztmpl|snippets|import)\/\S+|backup\/[^/]+\.(?:tgz|tar|vma|tar\.\w+|vma\.\w+))$/;
  return fits.test(name)
    ? undefined
    : `unable to parse ${type === "lvmthin" ? "lvm" : "directory"} volume name '${name}'`;
}

/** Why a volume is no backup that could be looked into; undefined for a name of one, of which no lab has any. */
export function backupProblem(lab: Readonly<LabState>, node: string, volume: string): string | undefined {
  const parts = splitVolid(volume);
  if (!parts) return `unable to parse volume ID '${volume}'`;
  const definition = storageDefinition(lab, node, parts.storage);
  if (!definition) return `storage '${parts.storage}' does not exist`;
  const problem = volumeNameProblem(definition.type, parts.name);
  if (problem !== undefined) return problem;
  return parts.name.startsWith("backup/")
    ? undefined
    : `unable to use volume ${volume} - content type needs to be 'backup'`;
}
