/**
 * SFTP over a folder of this machine, for the gateway's tests: as much of it as OpenSSH's server and we say to each other.
 */
import { type FileHandle, open, readdir, rename, rm, stat, truncate } from "node:fs/promises";
import { join, normalize } from "node:path";
import type { Attributes, SFTPWrapper } from "ssh2";

const OK = 0;
const END = 1;
const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;
const FAILURE = 4;
const [WRITE, CREATE, TRUNCATE, EXCLUSIVE] = [2, 8, 16, 32];

export function serveFolder(sftp: SFTPWrapper, root: string): void {
  const files = new Map<number, FileHandle>();
  const folders = new Map<number, string[] | undefined>();
  let next = 0;
  const below = (path: string) => join(root, normalize(`/${path}`));
  const named = (number: number) => {
    const name = Buffer.alloc(4);
    name.writeUInt32BE(number);
    return name;
  };
  const answer = (id: number, work: () => Promise<void>) => {
    work().catch((error: NodeJS.ErrnoException) => {
      const codes: Record<string, number> = { ENOENT: NO_SUCH_FILE, EACCES: PERMISSION_DENIED };
      sftp.status(id, codes[error.code ?? ""] ?? FAILURE, error.message);
    });
  };
  const attributes = async (path: string): Promise<Attributes> => {
    const { mode, size, uid, gid, atimeMs, mtimeMs } = await stat(path);
    const seconds = (ms: number) => Math.floor(ms / 1000);
    return { mode, size, uid, gid, atime: seconds(atimeMs), mtime: seconds(mtimeMs) };
  };

  sftp.on("REALPATH", (id, path) => {
    const whole = normalize(path.startsWith("/") ? path : `/home/${path}`).replace(/(.)\/$/, "$1");
    sftp.name(id, [{ filename: whole, longname: whole, attrs: {} as Attributes }]);
  });
  const tell = (id: number, path: string) => answer(id, async () => sftp.attrs(id, await attributes(below(path))));
  sftp.on("STAT", tell);
  sftp.on("LSTAT", tell);
  sftp.on("OPEN", (id, path, flags) =>
    answer(id, async () => {
      const mode =
        flags & EXCLUSIVE ? "wx" : flags & TRUNCATE ? "w" : flags & WRITE ? (flags & CREATE ? "a+" : "r+") : "r";
      const handle = await open(below(path), mode);
      files.set(next, handle);
      sftp.handle(id, named(next++));
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    answer(id, async () => {
      await files.get(handle.readUInt32BE(0))?.write(data, 0, data.length, offset);
      sftp.status(id, OK);
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    answer(id, async () => {
      // Less than was asked for, as a server may.
      const most = Math.min(length, 20_000);
      const read = await files.get(handle.readUInt32BE(0))?.read(Buffer.alloc(most), 0, most, offset);
      if (!read || read.bytesRead === 0) sftp.status(id, END);
      else sftp.data(id, read.buffer.subarray(0, read.bytesRead));
    }),
  );
  sftp.on("CLOSE", (id, handle) =>
    answer(id, async () => {
      const number = handle.readUInt32BE(0);
      const file = files.get(number);
      files.delete(number);
      folders.delete(number);
      await file?.close();
      sftp.status(id, OK);
    }),
  );
  sftp.on("OPENDIR", (id, path) =>
    answer(id, async () => {
      folders.set(
        next,
        [".", "..", ...(await readdir(below(path)))].map((name) => join(below(path), name)),
      );
      sftp.handle(id, named(next++));
    }),
  );
  sftp.on("READDIR", (id, handle) =>
    answer(id, async () => {
      const number = handle.readUInt32BE(0);
      const paths = folders.get(number);
      folders.set(number, undefined);
      if (!paths) return void sftp.status(id, END);
      const entries = paths.map(async (path) => {
        const filename = path.slice(path.lastIndexOf("/") + 1);
        return { filename, longname: filename, attrs: await attributes(path) };
      });
      sftp.name(id, await Promise.all(entries));
    }),
  );
  sftp.on("SETSTAT", (id, path, attrs) =>
    answer(id, async () => {
      if (attrs.size !== undefined) await truncate(below(path), attrs.size);
      sftp.status(id, OK);
    }),
  );
  sftp.on("REMOVE", (id, path) => answer(id, () => rm(below(path)).then(() => sftp.status(id, OK))));
  sftp.on("RENAME", (id, from, to) => answer(id, () => rename(below(from), below(to)).then(() => sftp.status(id, OK))));
}
