/** The everyday tools of a Debian system. */
import type { ProgramEntry } from "../shell/process.ts";
import { cat, head, sleep, tee, yes } from "./coreutils/streams.ts";

export const coreutils: Record<string, ProgramEntry> = {
  cat: { program: cat, path: "/usr/bin/cat" },
  head: { program: head, path: "/usr/bin/head" },
  sleep: { program: sleep, path: "/usr/bin/sleep" },
  tee: { program: tee, path: "/usr/bin/tee" },
  yes: { program: yes, path: "/usr/bin/yes" },
};
