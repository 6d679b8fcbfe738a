/** Where a node's programs lie: told by the table of commands when it is loaded, so that files need not know commands. */

let told: () => readonly string[] = () => [];

/** @param paths of every program: `/usr/bin/ls` */
export function tellProgramPaths(paths: () => readonly string[]): void {
  told = paths;
}

/** Names in `/usr/bin` or `/usr/sbin`. */
export function programNamesIn(folder: string): string[] {
  return told()
    .filter((path) => path.slice(0, path.lastIndexOf("/")) === folder)
    .map((path) => path.slice(path.lastIndexOf("/") + 1));
}
