/**
 * The files of a node as one of its users may use them: folders on the way have to be theirs to search, and modes and
 * owners decide. New files belong to them.
 *
 * @source path_resolution(7), unlink(2), chmod(2), chown(2), utimensat(2)
 */
import { FileError, type FileStat, type NodeFiles } from "./node-files.ts";
import { EXECUTE, mayAccess, type NodeUser, READ, WRITE } from "./node-user.ts";

export function filesOfUser(files: NodeFiles, user: NodeUser): NodeFiles {
  return user.uid === 0 ? files : new FilesOfUser(files, user);
}

class FilesOfUser implements NodeFiles {
  readonly #files: NodeFiles;
  readonly #user: NodeUser;

  constructor(files: NodeFiles, user: NodeUser) {
    this.#files = files;
    this.#user = user;
  }

  async stat(path: string, options?: { follow?: boolean }): Promise<FileStat> {
    await (options?.follow === false ? this.#reach(path) : this.#reachEnd(path));
    return this.#files.stat(path, options);
  }

  async readFile(path: string): Promise<Uint8Array> {
    await this.#reachEnd(path);
    this.#allow(await this.#files.stat(path), READ, path);
    return this.#files.readFile(path);
  }

  async writeFile(
    path: string,
    bytes: Uint8Array,
    options?: { append?: boolean; resize?: boolean; mode?: number },
  ): Promise<void> {
    await this.#reachEnd(path);
    const there = await this.#there(path);
    if (there?.type === "file") this.#allow(there, WRITE, path);
    else if (!there) await this.#allowChange(path);
    return this.#files.writeFile(path, bytes, { ...options, ...(!there && { owner: this.#owner }) });
  }

  async readdir(path: string): Promise<string[]> {
    await this.#reachEnd(path);
    const stat = await this.#files.stat(path);
    if (stat.type === "directory") this.#allow(stat, READ, path);
    return this.#files.readdir(path);
  }

  async mkdir(path: string, mode?: number): Promise<void> {
    await this.#reach(path);
    if (!(await this.#there(path, false))) await this.#allowChange(path);
    return this.#files.mkdir(path, mode, this.#owner);
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.#reach(path);
    if (!(await this.#there(path, false))) await this.#allowChange(path);
    return this.#files.symlink(target, path, this.#owner);
  }

  async unlink(path: string): Promise<void> {
    await this.#allowRemoval(path);
    return this.#files.unlink(path);
  }

  async rmdir(path: string): Promise<void> {
    await this.#allowRemoval(path);
    return this.#files.rmdir(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#allowRemoval(from);
    await this.#reach(to);
    if (await this.#there(to, false)) await this.#allowRemoval(to);
    else await this.#allowChange(to);
    return this.#files.rename(from, to);
  }

  /** Linux lets nobody link to what is not theirs. @source proc(5) fs.protected_hardlinks */
  async link(from: string, to: string): Promise<void> {
    const stat = await this.stat(from, { follow: false });
    await this.#reach(to);
    if (!(await this.#there(to, false))) await this.#allowChange(to);
    if (stat.owner !== this.#user.name && !mayAccess(this.#user, stat, READ | WRITE)) throw new FileError("EPERM", to);
    return this.#files.link(from, to);
  }

  async readlink(path: string): Promise<string> {
    await this.#reach(path);
    return this.#files.readlink(path);
  }

  async chmod(path: string, mode: number): Promise<void> {
    const stat = await this.stat(path);
    if (stat.owner !== this.#user.name) throw new FileError("EPERM", path);
    return this.#files.chmod(path, mode);
  }

  async chown(path: string, owner: string, group: string): Promise<void> {
    const stat = await this.stat(path);
    const own = stat.owner === this.#user.name;
    if (!own || owner !== stat.owner || !(group === stat.group || this.#user.groups.includes(group))) {
      throw new FileError("EPERM", path);
    }
    return this.#files.chown(path, owner, group);
  }

  async utimes(path: string, mtimeMs: number, options?: { follow?: boolean }): Promise<void> {
    const stat = await this.stat(path, options);
    if (stat.owner !== this.#user.name) this.#allow(stat, WRITE, path);
    return this.#files.utimes(path, mtimeMs, options);
  }

  async realpath(path: string): Promise<string> {
    await this.#reachEnd(path);
    return this.#files.realpath(path);
  }

  get #owner() {
    return { owner: this.#user.name, group: this.#user.groups[0]! };
  }

  #allow(stat: FileStat, bits: number, path: string): void {
    if (!mayAccess(this.#user, stat, bits)) throw new FileError("EACCES", path);
  }

  async #there(path: string, follow = true): Promise<FileStat | undefined> {
    try {
      return await this.#files.stat(path, { follow });
    } catch (error) {
      if (error instanceof FileError && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Every folder on the way is there and may be searched. @returns the real path of the last one */
  async #reach(path: string): Promise<string> {
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    let at = "/";
    await this.#search(at, path);
    for (const name of names.slice(0, -1)) {
      if (name === "..") at = parentOf(at);
      else {
        const next = at === "/" ? `/${name}` : `${at}/${name}`;
        at = await this.#files.realpath(next).catch((error) => {
          throw error instanceof FileError ? new FileError(error.code, path) : error;
        });
        if (at !== next) await this.#reach(at);
      }
      await this.#search(at, path);
    }
    return at;
  }

  /** The same, and what a link at the end leads to. */
  async #reachEnd(path: string): Promise<void> {
    const folder = await this.#reach(path);
    const stat = await this.#there(path, false);
    if (stat?.type !== "symlink") return;
    const target = await this.#files.readlink(path);
    await this.#reach(target.startsWith("/") ? target : `${folder}/${target}`).catch((error) => {
      throw error instanceof FileError ? new FileError(error.code, path) : error;
    });
  }

  async #search(folder: string, path: string): Promise<void> {
    const stat = await this.#files.stat(folder);
    if (stat.type !== "directory") throw new FileError("ENOTDIR", path);
    this.#allow(stat, EXECUTE, path);
  }

  /** Names may be added to the folder that a path lies in. */
  async #allowChange(path: string): Promise<void> {
    const folder = await this.#reach(path);
    this.#allow(await this.#files.stat(folder), WRITE | EXECUTE, path);
  }

  /** What is there may be taken away; in a sticky folder by whoever owns it or the folder. */
  async #allowRemoval(path: string): Promise<void> {
    const stat = await this.stat(path, { follow: false });
    await this.#allowChange(path);
    const folder = await this.#files.stat(await this.#reach(path));
    const { name } = this.#user;
    if (folder.mode & 0o1000 && stat.owner !== name && folder.owner !== name) throw new FileError("EPERM", path);
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
