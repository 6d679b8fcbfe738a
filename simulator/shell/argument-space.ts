/**
 * What the kernel gives a program's arguments and environment room for.
 *
 * @source Linux 6.8 fs/exec.c, include/uapi/linux/binfmts.h: MAX_ARG_STRLEN, and a quarter of the stack's usual 8 MiB
 */

/** One argument or variable with its ending zero, bytes. */
const ONE_BYTES_MAX = 128 << 10;
/** All of them together, each with a pointer to it. */
const ALL_BYTES_MAX = 2 << 20;
const POINTER_BYTES = 8;

/** Whether `execve` refuses them with E2BIG. */
export function isArgumentListTooLong(argv: readonly string[], environment: ReadonlyMap<string, string>): boolean {
  let all = 0;
  const isTooLong = (bytes: number) => {
    all += bytes + POINTER_BYTES;
    return bytes > ONE_BYTES_MAX || all > ALL_BYTES_MAX;
  };
  for (const word of argv) if (isTooLong(Buffer.byteLength(word) + 1)) return true;
  for (const [name, value] of environment) {
    if (isTooLong(Buffer.byteLength(name) + Buffer.byteLength(value) + 2)) return true;
  }
  return false;
}
