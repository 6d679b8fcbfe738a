/** Where a node's programs lie: told by the table of commands when it is loaded, so that files need not know commands. */

let told: () => readonly string[] = () => [];
/** By folder: a shell looks into them for every command that is typed. */
const names = new Map<string, readonly string[]>();

/** @param paths of every program: `/usr/bin/ls` */
export function tellProgramPaths(paths: () => readonly string[]): void {
  told = paths;
  names.clear();
}

/** Names in `/usr/bin` or `/usr/sbin`; the same list as long as it is true. */
export function programNamesIn(folder: string): readonly string[] {
  let inside = names.get(folder);
  if (!inside) {
    inside = told()
      .filter((path) => path.slice(0, path.lastIndexOf("/")) === folder)
      .map((path) => path.slice(path.lastIndexOf("/") + 1));
    names.set(folder, inside);
  }
  return inside;
}
