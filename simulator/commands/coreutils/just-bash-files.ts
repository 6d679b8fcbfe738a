/** The node's files in the shape that just-bash's commands ask for. */
import type { IFileSystem } from "just-bash";
import { ERRNO_TEXT, FileError, type FileStat, type NodeFiles } from "../../shell/node-files.ts";
import { absolutePath } from "../../shell/shell.ts";

/** just-bash runs only what it finds along PATH, its own tools in this directory: any name is found there. */
export const TOOLS_DIRECTORY = "/usr/bin";

const TOOL = {
  isFile: true,
  isDirectory: false,
  isSymbolicLink: false,
  mode: 0o755,
  size: 0,
  mtime: new Date(0),
  ino: 1,
};

export function justBashFiles(files: NodeFiles): IFileSystem {
  /** Node's wording, which these commands look for. */
  const told = async <T>(what: string, path: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const text = ERRNO_TEXT[error.code].replace(/^./, (letter) => letter.toLowerCase());
      throw Object.assign(new Error(`${error.code}: ${text}, ${what} '${path}'`), { code: error.code });
    }
  };
  const bytesOf = (content: string | Uint8Array, encoding: unknown): Uint8Array => {
    const name = typeof encoding === "string" ? encoding : (encoding as { encoding?: string } | undefined)?.encoding;
    return typeof content === "string"
      ? Buffer.from(content, name === "binary" || name === "latin1" ? "latin1" : "utf8")
      : content;
  };
  const shaped = (stat: FileStat) => ({
    isFile: stat.type === "file" || stat.type === "device",
    isDirectory: stat.type === "directory",
    isSymbolicLink: stat.type === "symlink",
    mode: stat.mode,
    size: stat.size,
    mtime: new Date(stat.mtimeMs),
    ino: stat.inode,
  });
  const fs: IFileSystem = {
    async readFile(path, options) {
      const encoding = typeof options === "string" ? options : options?.encoding;
      const bytes = await told("open", path, files.readFile(path));
      return Buffer.from(bytes).toString(encoding === "binary" || encoding === "latin1" ? "latin1" : "utf8");
    },
    readFileBuffer: (path) => told("open", path, files.readFile(path)),
    writeFile: (path, content, options) => told("open", path, files.writeFile(path, bytesOf(content, options))),
    appendFile: (path, content, options) =>
      told("open", path, files.writeFile(path, bytesOf(content, options), { append: true })),
    async exists(path) {
      if (path.startsWith(`${TOOLS_DIRECTORY}/`)) return true;
      return (await files.stat(path).catch(() => undefined)) !== undefined;
    },
    stat: async (path) =>
      path.startsWith(`${TOOLS_DIRECTORY}/`) ? TOOL : shaped(await told("stat", path, files.stat(path))),
    lstat: async (path) =>
      path.startsWith(`${TOOLS_DIRECTORY}/`)
        ? TOOL
        : shaped(await told("lstat", path, files.stat(path, { follow: false }))),
    async mkdir(path, options) {
      if (options?.recursive && (await fs.exists(path))) return;
      if (options?.recursive) {
        const parent = path.slice(0, path.lastIndexOf("/"));
        if (parent && !(await fs.exists(parent))) await fs.mkdir(parent, options);
      }
      await told("mkdir", path, files.mkdir(path));
    },
    readdir: (path) => told("scandir", path, files.readdir(path)),
    async rm(path, options) {
      const stat = await files.stat(path, { follow: false }).catch(() => undefined);
      if (!stat && options?.force) return;
      if (stat?.type !== "directory") return told("rm", path, files.unlink(path));
      if (options?.recursive) for (const name of await files.readdir(path)) await fs.rm(`${path}/${name}`, options);
      await told("rm", path, files.rmdir(path));
    },
    async cp(from, to) {
      await told("open", to, files.writeFile(to, await told("open", from, files.readFile(from))));
    },
    mv: (from, to) => told("rename", from, files.rename(from, to)),
    resolvePath: (base, path) => absolutePath(base, path),
    getAllPaths: () => [],
    chmod: (path, mode) => told("chmod", path, files.chmod(path, mode)),
    symlink: (target, path) => told("symlink", path, files.symlink(target, path)),
    link: (from, to) => told("link", from, files.link(from, to)),
    readlink: (path) => told("readlink", path, files.readlink(path)),
    realpath: (path) => told("realpath", path, files.realpath(path)),
    utimes: (path, _accessed, modified) => told("utimes", path, files.utimes(path, modified.getTime())),
  };
  return fs;
}
