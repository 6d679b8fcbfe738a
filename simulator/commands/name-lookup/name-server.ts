/** What comes back when a node asks a name server: a lab has none, so at best that nobody listens there. */
import type { LabState } from "../../cluster/state.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { answers, routeTo } from "../coreutils/ping.ts";

export type ServerAnswer = "connection refused" | "timed out" | "network unreachable";

/** Servers and search list of the node's /etc/resolv.conf. */
export async function resolverOf(ctx: ProgramContext): Promise<{ servers: string[]; search: string[] }> {
  const words = (await textOf(ctx, "/etc/resolv.conf")).split("\n").map((line) => line.trim().split(/\s+/));
  const servers = words.filter(([key, value]) => key === "nameserver" && value).map(([, value]) => value!);
  const search =
    words
      .filter(([key]) => key === "search" || key === "domain")
      .at(-1)
      ?.slice(1) ?? [];
  // Without any, glibc and BIND ask the machine itself.
  return { servers: servers.length > 0 ? servers.slice(0, 3) : ["127.0.0.1"], search };
}

/** Send one question and wait as long as the tool does. @param waitMs how long it waits for an answer */
export async function askServer(ctx: ProgramContext, address: string, waitMs: number): Promise<ServerAnswer> {
  const answer = ctx.lab.read((lab): ServerAnswer => {
    const route = routeTo(lab, ctx.node, address);
    if (route.refused !== undefined) return "network unreachable";
    if (route.target === undefined) return "timed out";
    if (route.network === undefined) return "connection refused";
    return answers(lab as LabState, route.network, ctx.node, route.target) ? "connection refused" : "timed out";
  });
  await ctx.lab.sleep(answer === "timed out" ? waitMs : 1, ctx.signal);
  return answer;
}
