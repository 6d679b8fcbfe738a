/** Every recorded run of `pvecm updatecerts` again: what it prints where, what it changes, how often it writes. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { recordedLab } from "../../api/testing/recorded-scenario.ts";
import { contentOf } from "../../cluster/pki/test-issuer.ts";
import type { LabState } from "../../cluster/state.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine, shellStreams } from "../testing/shell-line.ts";
import { pvecm } from "./pvecm.ts";

interface Recorded {
  name: string;
  /** A line of a shell that puts the node into the state. */
  prepare: string;
  line: string;
  /** Typed on a terminal, which shows both streams. */
  tty: boolean;
  screen?: string;
  stdout?: string;
  stderr?: string;
  exit: number;
  /** By how much the version of /etc/pve went up. */
  versions: number;
  /** Paths that came (`+`), went (`-`) or have another content (`~`). */
  changed: string[];
  /** The last serial number, as its file holds it afterwards. */
  srl: string;
  /** Whether the certificate is signed by the CA there is (`chain`) and made for the key there is (`key`). */
  fits: ("chain" | "key")[];
}

const RECORDED: Recorded[] = JSON.parse(
  readFileSync(new URL("../../recordings/pve/updatecerts.json", import.meta.url), "utf8"),
);

/** ssh-keygen is a program of its own: the test's terminal has none, what it prints elsewhere is compared. */
const needsKeygen = (one: Recorded) => one.name.endsWith("of root gone");

const lab = recordedLab(1);

describe("pvecm updatecerts as recorded", () => {
  // It was gone on the recorded node, and stays so until the private key is gone, too.
  beforeAll(() => shellLine(lab, "pve1", "rm /etc/pve/authkey.pub"));
  for (const one of RECORDED) {
    it(`${one.name}, ${one.tty ? "on a terminal" : "without a terminal"}`, async () => {
      if (one.prepare !== "") await shellLine(lab, "pve1", one.prepare);
      if (one.tty && needsKeygen(one)) {
        await shellLine(lab, "pve1", one.line);
        return;
      }
      const before = look(lab);
      const { version } = lab.nodes.pve1!.pmxcfs.database;
      const serial = file(lab, "priv/pve-root-ca.srl");
      const words = one.line.split(" ");
      const typed = one.tty
        ? await runProgram(lab, "pve1", pvecm, words, { keys: "" }).then((run) => ({
            screen: run.output,
            exit: run.status,
          }))
        : await shellStreams(lab, "pve1", one.line);
      for (const stream of ["screen", "stdout", "stderr"] as const) {
        if (one[stream] !== undefined)
          expect(drawn((typed as Record<string, unknown>)[stream] as string)).toBe(drawn(one[stream]));
      }
      expect(typed.exit).toBe(one.exit);
      expect(lab.nodes.pve1!.pmxcfs.database.version - version).toBe(one.versions);
      expect(changes(before, look(lab))).toEqual(one.changed.filter((path) => path !== "~/etc/pve/lxc"));
      const counted = file(lab, "priv/pve-root-ca.srl");
      if (one.changed.some((path) => path.endsWith("pve-root-ca.srl")))
        expect(Number.parseInt(counted, 16)).toBe((Number.parseInt(serial, 16) || 0) + 1);
      else expect(counted).toBe(serial);
      const certificate = file(lab, "nodes/pve1/pve-ssl.pem");
      const fits = [
        ...(certificate.includes(` by ${contentOf(file(lab, "pve-root-ca.pem"))}\n`) ? ["chain"] : []),
        ...(certificate.includes(` of ${contentOf(file(lab, "nodes/pve1/pve-ssl.key"))} by `) ? ["key"] : []),
      ];
      expect(fits).toEqual(one.fits);
    });
  }
});

function file(state: LabState, path: string): string {
  return state.nodes.pve1!.pmxcfs.database.entries[path]?.content ?? "";
}

/** What is another one each time: numbers of processes, ids, and what ssh-keygen draws. */
function drawn(text: string): string {
  return text
    .replace(/(pvesslconf|pvecertreq)-\d+/g, "$1-N")
    .replace(/^[0-9A-F]{16}:error/gm, "ID:error")
    .replace(/OU=[0-9a-f-]{36}/g, "OU=ID")
    .replace(/SHA256:\S+/g, "SHA256:DRAWN")
    .replace(/^\|.*\|$/gm, "|");
}

function look(state: LabState): Map<string, string> {
  const { pmxcfs, files } = state.nodes.pve1!;
  const seen = new Map<string, string>();
  for (const [path, { type, content }] of Object.entries(pmxcfs.database.entries))
    seen.set(`/etc/pve/${path}`, `${type} ${content}`);
  for (const [path, { type, content, target, mtimeMs, hiddenBytes }] of Object.entries(files.entries)) {
    if (/^\/(root\/\.ssh|etc\/cron\.d|etc\/ssh)\/[^/]+$/.test(path))
      seen.set(path, `${type} ${content} ${target} ${hiddenBytes === undefined ? "" : mtimeMs}`);
  }
  return seen;
}

function changes(before: Map<string, string>, after: Map<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  return paths
    .map((path) => `${after.has(path) ? (before.has(path) ? "~" : "+") : "-"}${path}`)
    .sort((a, b) => (a < b ? -1 : 1));
}
