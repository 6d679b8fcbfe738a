import type { FileErrno } from "./files-state.ts";

/** strerror(3), as commands print it behind the file's name. */
export const FILE_ERRNO_TEXT: Record<FileErrno, string> = {
  ENOENT: "No such file or directory",
  EEXIST: "File exists",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  ENOTEMPTY: "Directory not empty",
  EACCES: "Permission denied",
  EPERM: "Operation not permitted",
  EROFS: "Read-only file system",
  EINVAL: "Invalid argument",
  ENOSPC: "No space left on device",
  EFBIG: "File too large",
  ELOOP: "Too many levels of symbolic links",
  EXDEV: "Invalid cross-device link",
  ENAMETOOLONG: "File name too long",
  EBUSY: "Device or resource busy",
  ENOTCONN: "Transport endpoint is not connected",
  EIO: "Input/output error",
  ENOSYS: "Function not implemented",
};
