/**
 * `dig`, `host` and `nslookup` on nodes whose name server never answers; none of the three looks into /etc/hosts.
 *
 * @source BIND 9.18 of Debian 12, its output with a name server that refuses, that is away, and that no route leads to
 */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { resolve } from "../coreutils/ping.ts";
import { notModelled } from "../printed.ts";
import { askServer, resolverOf } from "./name-server.ts";

const VERSION = "9.18.49-1~deb12u3-Debian";
const WAIT_MS = 5_000;
const TYPES =
  /^(?:A|AAAA|ANY|AXFR|CAA|CNAME|DNSKEY|DS|HTTPS|IXFR(?:=\d+)?|MX|NAPTR|NS|NSEC|PTR|RRSIG|SOA|SRV|SSHFP|SVCB|TLSA|TXT|TYPE\d+)$/i;

/** Ask each server in turn, `tries` times, and tell of it. @returns whether a way led to the last one */
async function ask(
  ctx: ProgramContext,
  {
    servers,
    port,
    tries,
    waitMs,
    name,
  }: { servers: string[]; port: number; tries: number; waitMs: number; name: string },
): Promise<boolean> {
  let isReached = true;
  for (let turn = 0; turn < tries; turn++) {
    for (const server of servers) {
      const place = `${server}#${port}`;
      const answer = await askServer(ctx, server, waitMs);
      isReached = answer !== "network unreachable";
      await ctx.stdout.write(
        answer === "network unreachable"
          ? `;; UDP setup with ${place}(${server}) for ${name} failed: network unreachable.\n;; no servers could be reached\n`
          : `;; communications error to ${place}: ${answer}\n`,
      );
    }
  }
  return isReached;
}

interface Digging {
  servers: string[] | undefined;
  port: number;
  names: string[];
  isShort: boolean;
  showsHead: boolean;
  tries: number;
  waitMs: number;
  overTcp: boolean;
}

export const dig: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const asked: Digging = {
    ...{ servers: undefined, port: 53, names: [], isShort: false, showsHead: true, tries: 3, waitMs: WAIT_MS },
    overTcp: false,
  };
  const seconds = (value: string) => Math.max(1, Number(value) || 5) * 1000;
  const set = (name: string, value: string, on: boolean) => {
    if (name === "short") asked.isShort = on;
    else if (name === "cmd" || name === "all") asked.showsHead = on;
    else if (name === "tcp" || name === "vc") asked.overTcp = on;
    else if (name === "time" || name === "timeout") asked.waitMs = seconds(value);
    else if (name === "tries") asked.tries = Math.max(1, Number(value) || 3);
    else if (name === "retry") asked.tries = Math.max(0, Number(value) || 0) + 1;
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const option = /^\+(no)?([a-z]+)(?:=(.*))?$/.exec(word);
    if (word.startsWith("@")) {
      const address = await resolve(ctx, word.slice(1));
      if (address === undefined) {
        await ctx.stderr.write(`dig: couldn't get address for '${word.slice(1)}': failure\n`);
        return 1;
      }
      asked.servers = [address];
    } else if (option) set(option[2]!, option[3] ?? "", option[1] === undefined);
    else if (word === "-v") {
      await ctx.stdout.write(`DiG ${VERSION}\n`);
      return 0;
    } else if (/^-[46im]$/.test(word)) continue;
    else if (/^-[bckptqyx]/.test(word)) {
      const value = word.length > 2 ? word.slice(2) : (words[++at] ?? "");
      if (word[1] === "p") asked.port = Number(value) || 53;
      if (word[1] === "q") asked.names.push(value);
      if (word[1] === "x") asked.names.push(`${value.split(".").reverse().join(".")}.in-addr.arpa`);
    } else if (word === "-f" || word === "-h") {
      await ctx.stderr.write(notModelled("dig", word));
      return 1;
    } else if (/^-/.test(word)) {
      await ctx.stderr.write(
        `Invalid option: ${word}\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n            {global-d-opt} host [@local-server] {local-d-opt}\n            [ host [@local-server] {local-d-opt} [...]]\n\nUse "dig -h" (or "dig -h | more") for complete list of options\n`,
      );
      return 1;
    } else if (!TYPES.test(word) && !/^(?:IN|CH|HS)$/i.test(word)) asked.names.push(word);
  }
  if (asked.overTcp) {
    await ctx.stderr.write(notModelled("dig", "+tcp"));
    return 1;
  }
  const servers = asked.servers ?? (await resolverOf(ctx)).servers;
  for (const [at, name] of (asked.names.length ? asked.names : ["."]).entries()) {
    if (!(await ask(ctx, { ...asked, servers, name }))) continue;
    if (at === 0 && asked.showsHead && !asked.isShort) {
      const found = asked.servers ? `; (${servers.length} server found)\n` : "";
      await ctx.stdout.write(`\n; <<>> DiG ${VERSION} <<>> ${words.join(" ")}\n${found};; global options: +cmd\n`);
    }
    await ctx.stdout.write(";; no servers could be reached\n");
  }
  return 9;
};

export const host: Program = async (ctx) => {
  const names: string[] = [];
  const [flags, values] = [new Set<string>(), new Map<string, string>()];
  const words = ctx.argv.slice(1);
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!/^-./.test(word)) names.push(word);
    else if (/^-[ctWRmpN]/.test(word)) values.set(word[1]!, word.length > 2 ? word.slice(2) : (words[++at] ?? ""));
    else for (const letter of word.slice(1)) flags.add(letter);
  }
  if (flags.has("V")) {
    await ctx.stderr.write(`host ${VERSION}\n`);
    return 0;
  }
  const unknown = [...flags].find((letter) => !"aACdilrsTUvw46".includes(letter));
  if (unknown !== undefined || names.length === 0) {
    if (unknown !== undefined) await ctx.stderr.write(`host: illegal option -- ${unknown}\n`);
    await ctx.stderr.write(
      "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            [-R number] [-m flag] [-p port] hostname [server]\n",
    );
    return 1;
  }
  const [name, server] = names as [string, string | undefined];
  const resolver = await resolverOf(ctx);
  const address = server === undefined ? undefined : await resolve(ctx, server);
  if (server !== undefined && address === undefined) {
    await ctx.stderr.write(`host: couldn't get address for '${server}': failure\n`);
    return 1;
  }
  if (flags.has("v") || flags.has("d") || flags.has("a")) {
    const isAddress = /^[\d.]+$/.test(name);
    const reversed = `${name.split(".").reverse().join(".")}.in-addr.arpa`;
    const searched = resolver.search[0] && !name.includes(".") ? `${name}.${resolver.search[0]}` : name;
    await ctx.stdout.write(`Trying "${isAddress ? reversed : searched}"\n`);
  }
  const waitMs = Math.max(1, Number(values.get("W") ?? 5)) * 1000;
  const tries = Number(values.get("R") ?? 1) + 1;
  const servers = address === undefined ? resolver.servers : [address];
  const told = await ask(ctx, {
    servers,
    port: Number(values.get("p") ?? 53),
    tries: values.has("R") ? tries : 2,
    waitMs,
    name,
  });
  if (told) await ctx.stdout.write(";; no servers could be reached\n");
  return 1;
};

export const nslookup: Program = async (ctx) => {
  const options = ctx.argv.slice(1).filter((word) => word.startsWith("-"));
  const [name, server] = ctx.argv.slice(1).filter((word) => !word.startsWith("-"));
  if (options.some((word) => /^-v(?:er|ersion)?$/i.test(word))) {
    await ctx.stdout.write(`nslookup ${VERSION}\n`);
    return 0;
  }
  if (name === undefined || name === "-") {
    await ctx.stderr.write(notModelled("nslookup", "its interactive mode"));
    return 1;
  }
  const address = server === undefined ? undefined : await resolve(ctx, server);
  if (server !== undefined && address === undefined) {
    await ctx.stdout.write(`nslookup: couldn't get address for '${server}': failure\n`);
    return 1;
  }
  const value = (pattern: RegExp) => options.map((word) => pattern.exec(word)?.[1]).find((one) => one !== undefined);
  const servers = address === undefined ? (await resolverOf(ctx)).servers : [address];
  const told = await ask(ctx, {
    servers,
    port: Number(value(/^-port=(\d+)/) ?? 53),
    tries: Number(value(/^-retry=(\d+)/) ?? 3),
    waitMs: Number(value(/^-timeout=(\d+)/) ?? 5) * 1000,
    name,
  });
  if (told) await ctx.stdout.write(";; no servers could be reached\n\n");
  return 1;
};
