/** The data folder: what lies where in it, and the secrets in it. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartRefused, systemCode } from "./start-refused.ts";

export interface DataFolder {
  root: string;
  /** The bundled PostgreSQL's files; with `postgres.json` beside them. */
  postgres: string;
  /** PostgreSQL's programs, copied here only when its user cannot reach `node_modules`. */
  postgresPrograms: string;
  /** The simulator host's labs. */
  labs: string;
  /** What terminals printed, where a class records. */
  recordings: string;
  /** Keys and passwords, readable by the owner alone. */
  secrets: string;
  /** Dumps made before an upgrade. */
  backups: string;
  logs: string;
  /** What can be made again: compiled chapters. */
  cache: string;
}

export function dataFolder(root: string): DataFolder {
  return {
    root,
    postgres: join(root, "postgres"),
    postgresPrograms: join(root, "postgres-programs"),
    labs: join(root, "labs"),
    recordings: join(root, "recordings"),
    secrets: join(root, "secrets"),
    backups: join(root, "backups"),
    logs: join(root, "logs"),
    cache: join(root, "cache"),
  };
}

/**
 * Make what is missing and try to write.
 *
 * @throws StartRefused when this user may not, or the disk is full
 */
export function prepareDataFolder(root: string): DataFolder {
  const folder = dataFolder(root);
  try {
    mkdirSync(root, { recursive: true });
    const probe = join(root, `.write-test-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
    // As root the database's own user passes through here to its files; everything else below stays closed to others.
    if (process.getuid?.() === 0) chmodSync(root, 0o711);
    for (const path of [folder.labs, folder.recordings, folder.secrets, folder.backups, folder.logs, folder.cache]) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    throw folderRefused(root, error);
  }
  return folder;
}

/** The refusal for a folder that cannot be written, in words. */
export function folderRefused(path: string, error: unknown): unknown {
  switch (systemCode(error)) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new StartRefused(
        `The data folder ${path} cannot be written by this user. Give it to the user, or choose another: QUORATE_DATA=/some/folder npm start`,
      );
    case "ENOSPC":
    case "EDQUOT":
      return new StartRefused(
        `There is no space left for the data folder ${path}. Free some, or choose another with QUORATE_DATA.`,
      );
    case "EEXIST":
    case "ENOTDIR":
      return new StartRefused(`The data folder ${path} is, or lies below, a file. Choose another with QUORATE_DATA.`);
    default:
      return error;
  }
}

/** A secret of 32 random bytes as base64url, made on the first call and kept. */
export function keptSecret(folder: DataFolder, name: string): string {
  const file = join(folder.secrets, name);
  if (existsSync(file)) {
    const text = readFileSync(file, "utf8").trim();
    if (text !== "") return text;
  }
  const secret = randomBytes(32).toString("base64url");
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, secret, { mode: 0o600 });
  renameSync(unfinished, file);
  return secret;
}
