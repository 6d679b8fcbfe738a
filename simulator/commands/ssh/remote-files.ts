/** Files of another machine over a connection, for scp, sftp and rsync: names that stand for several of them, too. */
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { filesOfUser } from "../../shell/files-of-user.ts";
import type { NodeFiles } from "../../shell/node-files.ts";
import { ROOT } from "../../shell/node-user.ts";
import { hasPattern, matchesPattern, unescapePattern } from "../../shell/pattern.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { guestFiles } from "../guest/guest-files.ts";
import { qnetdHostFiles } from "../qnetd-host/qnetd-session.ts";
import type { SshConnection } from "./ssh-client.ts";

/** What a program of theirs who logged in sees at the other end. */
export function filesAt(context: ProgramContext, connection: SshConnection): NodeFiles {
  if (connection.guest) return guestFiles(context.lab, connection.guest);
  if (connection.qnetd) return qnetdHostFiles(context.lab);
  return filesOfUser(createNodeFiles(context.lab, connection.node), connection.user ?? ROOT);
}

/** Where paths without a slash in front begin at the other end. */
export function homeAt(connection: SshConnection): string {
  return connection.user?.home ?? ROOT.home;
}

/** Folders and names of a path made one path, `.` and `..` gone. */
export function joinPath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/**
 * Paths that a name with `*`, `?` and `[ ]` stands for, sorted; a name without them is itself when it is there.
 *
 * @param pattern absolute
 * @source openbsd-compat/glob.c as sftp-client uses it: no braces, names with a dot in front only when they are named
 */
export async function expandRemote(files: NodeFiles, pattern: string): Promise<string[]> {
  let found = [""];
  for (const part of pattern.split("/").slice(1)) {
    const next: string[] = [];
    for (const base of found) {
      if (!hasPattern(part)) {
        const path = `${base}/${unescapePattern(part)}`;
        if (part === "" || (await files.stat(path, { follow: false }).catch(() => undefined)))
          next.push(part === "" ? base : path);
        continue;
      }
      const names = await files.readdir(base || "/").catch(() => []);
      for (const name of names.sort()) {
        if ((part.startsWith(".") || !name.startsWith(".")) && matchesPattern(name, part, {}))
          next.push(`${base}/${name}`);
      }
    }
    found = next;
  }
  return found.map((path) => path || "/");
}

export function baseName(path: string): string {
  return path.split("/").filter(Boolean).at(-1) ?? "/";
}
