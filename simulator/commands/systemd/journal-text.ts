/** Entries of the journal as journalctl and systemctl print them. @source systemd 252: forms as its journalctl printed them */

import { createHash } from "node:crypto";
import type { JournalLine } from "../../cluster/journal.ts";
import { nodeZone } from "../../cluster/node-settings/clock.ts";
import type { Zone } from "../../cluster/node-settings/zone-time.ts";
import { UNIT_NAMES, UNITS } from "../../cluster/services/units.ts";
import type { LabState } from "../../cluster/state.ts";
import { formatTime } from "../../shell/time-text.ts";
import { journalTimeText } from "../printed.ts";
import { messageId } from "./journal-catalog.ts";
import { bootStartMs } from "./kernel-log.ts";
import { bootId, machineId } from "./machine-ids.ts";
import { ellipsized, type Look, painted, priorityColour } from "./terminal-look.ts";
import { commandLine } from "./unit-commands.ts";

/** What a line does not say itself. */
export interface JournalScene {
  node: string;
  /** In which times are told. */
  zone: Zone;
  machineId: string;
  /** Wall clock at which a boot began, by its number, milliseconds since 1970. */
  bootStartMs: ReadonlyMap<number, number>;
  /** The entry shown before. */
  previous?: Readonly<JournalLine>;
  /** Of `--output-fields`. */
  only?: ReadonlySet<string>;
  /** Colours by priority, and the width that a message has to end in. */
  look?: Look;
}

type Form = (line: Readonly<JournalLine>, scene: JournalScene) => string;

export function journalScene(lab: Readonly<LabState>, node: string): JournalScene {
  const owner = lab.nodes[node]!;
  const starts = new Map<number, number>();
  for (const line of owner.journal) if (!starts.has(line.boot)) starts.set(line.boot, line.wallMs);
  starts.set(owner.bootCount, bootStartMs(lab, node));
  return { node, zone: nodeZone(lab, node), machineId: machineId(lab.seed, node), bootStartMs: starts };
}

/** `Nov 23 00:04:26 pve1 systemd[1]: Starting ...`; the kernel has no pid. */
export function journalText(line: Readonly<JournalLine>, scene: Pick<JournalScene, "node" | "zone" | "look">): string {
  return withTime(journalTimeText(line.wallMs, scene.zone), line, scene);
}

function withTime(
  time: string,
  line: Readonly<JournalLine>,
  scene: Pick<JournalScene, "node" | "zone" | "look">,
  identifier = line.identifier,
): string {
  const prefix = `${time} ${line.host ?? scene.node} ${identifier}${line.pid > 0 ? `[${line.pid}]` : ""}: `;
  return `${prefix}${message(line, scene, prefix.length)}\n`;
}

/** In its colour, and with `…` in its last tenth where the screen ends. @source systemd 252 print_multiline() */
function message(line: Readonly<JournalLine>, { look }: Pick<JournalScene, "look">, column: number): string {
  if (!look) return line.text;
  const { width } = look;
  const fits = width === undefined || column + line.text.length + 1 < width;
  return painted(
    look,
    priorityColour(line.priority),
    fits ? line.text : width - column < 3 ? "..." : ellipsized(line.text, width - column, 90),
  );
}

const micros = (wallMs: number) => `${Math.floor(wallMs)}000`;
const fraction = (wallMs: number) => `.${String(Math.floor(wallMs) % 1000).padStart(3, "0")}000`;
const fullTime = ({ wallMs }: Readonly<JournalLine>, { zone }: Pick<JournalScene, "zone">, part = "") =>
  `${formatTime("%a %F %T", wallMs, zone)}${part} ${formatTime("%Z", wallMs, zone)}`;

function sinceBoot(line: Readonly<JournalLine>, scene: JournalScene): number {
  return Math.max(0, line.wallMs - (scene.bootStartMs.get(line.boot) ?? line.wallMs));
}

const seconds = (ms: number) => (ms / 1000).toFixed(6).padStart(12);

/** By the name that `-o` takes. */
export const JOURNAL_FORMATS: Record<string, Form> = {
  short: (line, scene) => journalText(line, scene),
  "short-full": (line, scene) => withTime(fullTime(line, scene), line, scene),
  "short-iso": (line, scene) => withTime(formatTime("%FT%T%z", line.wallMs, scene.zone), line, scene),
  "short-iso-precise": (line, scene) =>
    withTime(
      `${formatTime("%FT%T", line.wallMs, scene.zone)}${fraction(line.wallMs)}${formatTime("%z", line.wallMs, scene.zone)}`,
      line,
      scene,
    ),
  "short-precise": (line, scene) =>
    withTime(`${journalTimeText(line.wallMs, scene.zone)}${fraction(line.wallMs)}`, line, scene),
  "short-monotonic": (line, scene) => withTime(`[${seconds(sinceBoot(line, scene))}]`, line, scene),
  "short-delta": (line, scene) => {
    const { previous } = scene;
    // Across a boot the monotonic clock cannot tell; the wall clock does, with a star.
    const step = previous
      ? ` <${seconds(line.wallMs - previous.wallMs)}${previous.boot === line.boot ? " " : "*"}>`
      : " ".repeat(16);
    return withTime(`[${seconds(sinceBoot(line, scene))}${step}]`, line, scene);
  },
  "short-unix": (line, scene) => withTime((line.wallMs / 1000).toFixed(6), line, scene),
  "with-unit": (line, scene) =>
    withTime(fullTime(line, scene), line, scene, line.pid === 1 ? "init.scope" : line.unit || line.identifier),
  cat: (line, { only, ...scene }) =>
    only
      ? [...only]
          .flatMap((name) => journalFields(line, scene)[name] ?? [])
          .map((value) => `${value}\n`)
          .join("")
      : `${message(line, scene, 0)}\n`,
  json: (line, scene) => `${JSON.stringify(chosenFields(line, scene))}\n`,
  "json-pretty": (line, scene) =>
    `{\n${Object.entries(chosenFields(line, scene))
      .map(([name, value]) => `\t${JSON.stringify(name)} : ${JSON.stringify(value)}`)
      .join(",\n")}\n}\n`,
  "json-sse": (line, scene) => `data: ${JSON.stringify(chosenFields(line, scene))}\n\n`,
  "json-seq": (line, scene) => `\x1e${JSON.stringify(chosenFields(line, scene))}\n`,
  export: (line, scene) => `${assignments(chosenFields(line, scene), "")}\n`,
  verbose: (line, scene) => {
    const { __CURSOR, __REALTIME_TIMESTAMP, __MONOTONIC_TIMESTAMP, _BOOT_ID, ...own } = chosenFields(line, scene);
    const boot: Record<string, string> = scene.only && !scene.only.has("_BOOT_ID") ? {} : { _BOOT_ID: _BOOT_ID! };
    return `${fullTime(line, scene, fraction(line.wallMs))} [${__CURSOR}]\n${assignments({ ...own, ...boot }, "    ")}`;
  },
};

const assignments = (fields: Record<string, string>, indent: string) =>
  Object.entries(fields)
    .map(([name, value]) => `${indent}${name}=${value}\n`)
    .join("");

/** Where an entry stands, for `--after-cursor`; made up, and the same whenever it is asked for. */
export function cursorOf(line: Readonly<JournalLine>, scene: JournalScene): string {
  const hex = (value: number) => Math.floor(value).toString(16);
  const digest = (text: string, digits: number) => createHash("md5").update(text).digest("hex").slice(0, digits);
  const xor = digest(`${line.wallMs}/${line.pid}/${line.text}`, 16);
  return `s=${digest(`${scene.machineId}/journal`, 32)};i=${hex(line.wallMs % 0xff_ff_ff)};b=${bootId(scene.node, line.boot)};m=${hex(sinceBoot(line, scene) * 1000)};t=${hex(line.wallMs * 1000)};x=${xor}`;
}

/** Facilities of syslog that fields give by number; the kernel's is 0. */
export const FACILITIES = (
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp 12 13 14 15 local0 local1 local2 local3 local4 " +
  "local5 local6 local7"
).split(" ");

/** All fields of an entry, in no order that matters. */
export function journalFields(line: Readonly<JournalLine>, scene: JournalScene): Record<string, string> {
  const isKernel = line.identifier === "kernel";
  const bySystemd = line.pid === 1;
  const unit = UNIT_NAMES.find((name) => `${name}.service` === line.unit);
  const facility = isKernel ? 0 : line.identifier === "sshd" ? 4 : unit || bySystemd ? 3 : 1;
  const message = bySystemd ? messageId(line.text) : undefined;
  const own = unit && UNITS[unit].process === line.identifier ? commandLine(unit).replaceAll('"', "") : undefined;
  return {
    __CURSOR: cursorOf(line, scene),
    __REALTIME_TIMESTAMP: micros(line.wallMs),
    __MONOTONIC_TIMESTAMP: String(Math.floor(sinceBoot(line, scene)) * 1000),
    _BOOT_ID: bootId(scene.node, line.boot),
    _MACHINE_ID: scene.machineId,
    _HOSTNAME: line.host ?? scene.node,
    PRIORITY: String(line.priority),
    SYSLOG_FACILITY: String(facility),
    SYSLOG_IDENTIFIER: line.identifier,
    _TRANSPORT: isKernel ? "kernel" : bySystemd ? "journal" : "syslog",
    ...(line.pid > 0 && {
      _PID: String(line.pid),
      _UID: "0",
      _GID: "0",
      _COMM: bySystemd ? "systemd" : line.identifier,
      _CMDLINE: bySystemd ? "/sbin/init" : (own ?? line.identifier),
    }),
    ...(bySystemd
      ? {
          _EXE: "/usr/lib/systemd/systemd",
          _SYSTEMD_CGROUP: "/init.scope",
          _SYSTEMD_UNIT: "init.scope",
          ...(line.unit && { UNIT: line.unit }),
          ...(message && { MESSAGE_ID: message }),
        }
      : line.unit && {
          ...(own?.startsWith("/") && { _EXE: own.split(" ")[0]! }),
          _SYSTEMD_CGROUP: `/system.slice/${line.unit}`,
          _SYSTEMD_UNIT: line.unit,
          _SYSTEMD_SLICE: "system.slice",
        }),
    MESSAGE: line.text,
  };
}

/** Those of `--output-fields`, and what journalctl gives in any case. */
function chosenFields(line: Readonly<JournalLine>, scene: JournalScene): Record<string, string> {
  const fields = journalFields(line, scene);
  const { only } = scene;
  if (!only) return fields;
  const always = ["__CURSOR", "__REALTIME_TIMESTAMP", "__MONOTONIC_TIMESTAMP", "_BOOT_ID"];
  return Object.fromEntries(Object.entries(fields).filter(([name]) => only.has(name) || always.includes(name)));
}
