/** The folder of the clone: what to say when it cannot be written. */
import { StartRefused, systemCode } from "./start-refused.ts";

export function folderRefused(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new StartRefused(
      `The folder ${path} cannot be written by this user. Give it to the user, or clone again as this user.`,
      { cause: error },
    );
  }
  if (code === "ENOSPC")
    return new StartRefused(`There is no space left for ${path}. Free some and start again.`, { cause: error });
  return error;
}
