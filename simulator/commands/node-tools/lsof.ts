/** `lsof -i`: who holds which socket. Of files it knows nothing. @source lsof 4.95, its own output */

import { PORT_NAMES, portNamed } from "../../node-view/service-ports.ts";
import type { Program } from "../../shell/process.ts";
import { aligned } from "../coreutils/file-words.ts";
import { listAll } from "../coreutils/process-list.ts";
import { notModelled } from "../printed.ts";
import { isSix, socketInode, socketsOf } from "./sockets.ts";

export const lsof: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  if (words.includes("-v")) {
    await ctx.stderr.write("lsof version information:\n    revision: 4.95.0\n");
    return 0;
  }
  let wanted: string | undefined;
  let [numbers, terse] = [false, false];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const found = /^-([nPt]*)i(.*)$/.exec(word);
    if (found) {
      numbers ||= found[1]!.includes("P");
      terse ||= found[1]!.includes("t");
      // Its address may stand in the next word.
      wanted =
        found[2] ||
        (/^(?:[46]|[46]?(?:tcp|udp)|[46]?(?:tcp|udp)?@?[^-]*:\S+)$/i.test(words[at + 1] ?? "") ? words[++at]! : "");
    } else if (/^-[nPt]+$/.test(word)) {
      numbers ||= word.includes("P");
      terse ||= word.includes("t");
    } else if (/^-s(?:TCP|UDP):/i.test(word)) continue;
    else {
      await ctx.stderr.write(notModelled("lsof", word));
      return 1;
    }
  }
  if (wanted === undefined) {
    await ctx.stderr.write(notModelled("lsof", "the list of open files"));
    return 1;
  }
  const address = /^([46])?(tcp|udp)?(?::(\S+))?$/i.exec(wanted);
  if (!address) {
    await ctx.stderr.write(notModelled("lsof", `-i ${wanted}`));
    return 1;
  }
  const [, family, protocol, port] = address;
  const users = new Map(listAll(ctx).map((process) => [process.pid, process.user]));
  const ports = port?.split(",").map((name) => portNamed(name)?.toString() ?? name);
  const shown = socketsOf(ctx).filter(
    (one) =>
      (!family || isSix(one) === (family === "6")) &&
      (!protocol || one.protocol === protocol.toLowerCase()) &&
      (!ports || ports.includes(one.port) || ports.some((number) => one.peer.endsWith(`:${number}`))),
  );
  if (shown.length === 0) return 1;
  if (terse) {
    await ctx.stdout.write(`${[...new Set(shown.map((one) => one.pid))].join("\n")}\n`);
    return 0;
  }
  const name = (number: string) => (numbers ? number : (PORT_NAMES[number] ?? number));
  const rows = shown.map((one) => {
    const local = `${one.local === "0.0.0.0" || one.local === "[::]" ? "*" : one.local}:${name(one.port)}`;
    const place =
      one.state === "ESTAB"
        ? `${local}->${one.peer} (ESTABLISHED)`
        : one.state === "LISTEN"
          ? `${local} (LISTEN)`
          : local;
    return [
      one.process.slice(0, 9),
      String(one.pid),
      users.get(one.pid) ?? "root",
      // The letter behind a descriptor stands right of the column.
      ` ${one.fd}u  `,
      isSix(one) ? "IPv6" : "IPv4",
      String(socketInode(one)),
      "0t0",
      one.protocol.toUpperCase(),
      place,
    ];
  });
  const head = ["COMMAND", "PID", "USER", " FD  ", "TYPE", "DEVICE", "SIZE/OFF", "NODE", "NAME"];
  await ctx.stdout.write(aligned([head, ...rows], [0, 4, 8]));
  return 0;
};
