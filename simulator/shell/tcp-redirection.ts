/** `/dev/tcp/HOST/PORT` and `/dev/udp/HOST/PORT` in redirections. @source bash 5.2 lib/sh/netopen.c, its texts */
import { portNamed } from "../node-view/service-ports.ts";
import { NullFile, type OpenFile } from "./open-file.ts";
import type { Shell } from "./shell.ts";
import { connectTo, reachTcp } from "./tcp-sockets.ts";
import { ShellError } from "./variables.ts";

/** Undefined when the path is none of these. @param say where the first of bash's two messages goes @throws ShellError */
export async function openNetworkPath(
  shell: Shell,
  path: string,
  say: (text: string) => Promise<void>,
): Promise<OpenFile | undefined> {
  const found = /^\/dev\/(tcp|udp)\/([^/]+)\/([^/]+)$/.exec(path);
  if (!found) return undefined;
  const [, protocol, host, service] = found as unknown as [string, string, string, string];
  const { port: lab, node } = shell.around;
  const fails = async (first: string, reason: string): Promise<never> => {
    await say(first);
    throw new ShellError(`${path}: ${reason}`);
  };
  const port = /^\d+$/.test(service) ? Number(service) % 65_536 : portNamed(service);
  const reach = reachTcp(lab, node, host, port ?? 0);
  const place = shell.messagePrefix();
  if (reach.state === "unknown-host") return fails(`${place}${host}: Name or service not known\n`, "Invalid argument");
  if (port === undefined)
    return fails(`${place}${service}: Servname not supported for ai_socktype\n`, "Invalid argument");
  // Nothing answers to a datagram, and nothing tells that nobody took it.
  if (protocol === "udp") return new NullFile();
  if (reach.state === "closed") {
    await lab.sleep(reach.afterMs, shell.process.signal);
    return fails(`${shell.name}: connect: ${reach.reason}\n`, reach.reason);
  }
  return connectTo(lab, node, reach, port).asFile();
}
