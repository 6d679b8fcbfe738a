/** PostgreSQL refuses to run as root: which user it runs as instead. */
import { execFileSync } from "node:child_process";
import { StartRefused } from "../start-refused.ts";

export interface DatabaseUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Undefined for a normal user, who runs PostgreSQL as themselves; for root an unprivileged user that every system has.
 * No user is made: deleting the data folder and the clone is to leave nothing behind.
 */
export function databaseUser(): DatabaseUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "_postgres", "nobody"]) {
    try {
      // 32 bits: macOS prints nobody's -2 as it is.
      const ask = (flag: string) =>
        Number(execFileSync("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] })) >>> 0;
      return { name, uid: ask("-u"), gid: ask("-g") };
    } catch {
      // No such user: the next.
    }
  }
  throw new StartRefused(
    "PostgreSQL does not run as root, and this system has no user postgres or nobody. Run npm start as a normal user.",
  );
}
