/** `/nodes/{node}/config`: what is noted of a node in /etc/pve/nodes/NODE/config. */
import { createHash } from "node:crypto";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { type Json, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";

export const nodeConfigEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/config",
    permission: { kind: "privilege", path: "/nodes/{node}", privilege: "Sys.Audit" },
    proxied: true,
    parameters: { property: { optional: true } },
    answer: nodeConfig,
  },
];

/** A description stands in comment lines, everything else as `key: value`. */
function nodeConfig({ lab, node, params }: EndpointContext) {
  const text = lab.read((state) => pmxcfsFile(state, node, `nodes/${node}/config`) ?? "");
  const config: { [key: string]: Json } = { digest: createHash("sha1").update(text).digest("hex") };
  const description: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) description.push(decode(line.slice(1)));
    const [, key, value] = /^([a-z][\w-]*):\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined) config[key] = value!;
  }
  if (description.length > 0) config.description = `${description.join("\n")}\n`;
  if (params.property === undefined) return success(config);
  const chosen = config[params.property];
  return success({ digest: config.digest!, ...(chosen !== undefined && { [params.property]: chosen }) });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
