/** The API as a tree of names, for `pvesh ls`: what the modelled endpoints have below a path. */
import { callAsRoot, endpointPaths, findLocalEndpoint } from "../../api/in-process.ts";
import type { ProgramContext } from "../../shell/process.ts";

/** Lists whose entries are the names below a path, and the key that holds the name. */
const NAME_KEYS: Record<string, string> = {
  "/access/roles": "roleid",
  "/access/users": "userid",
  "/access/users/{userid}/token": "tokenid",
  "/cluster/config/nodes": "name",
  "/cluster/ha/resources": "sid",
  "/nodes": "node",
  "/nodes/{node}/qemu": "vmid",
  "/nodes/{node}/storage": "storage",
  "/nodes/{node}/tasks": "upid",
  "/storage": "storage",
};

/** Names directly below a path; undefined when nothing is below it. */
export async function childrenOf(context: ProgramContext, path: string): Promise<string[] | undefined> {
  const parts = path.split("/").filter(Boolean);
  const names = new Set<string>();
  let below = false;
  let listed: string | undefined;
  for (const template of endpointPaths()) {
    const pieces = template.split("/").filter(Boolean);
    if (!parts.every((part, at) => pieces[at] === part || pieces[at]?.startsWith("{"))) continue;
    const next = pieces[parts.length];
    if (next === undefined) continue;
    below = true;
    if (!next.startsWith("{")) names.add(next);
    else listed = `/${pieces.slice(0, parts.length).join("/")}`;
  }
  const key = listed === undefined ? undefined : NAME_KEYS[listed];
  if (key !== undefined) {
    const { lab, node, signal } = context;
    const answer = await callAsRoot({ lab, node, signal, method: "GET", path, params: {} });
    if (answer.kind === "answered" && Array.isArray(answer.data)) {
      for (const entry of answer.data) {
        const name = (entry as Record<string, unknown>)[key];
        if (name !== undefined) names.add(String(name));
      }
    }
  }
  return below ? [...names] : undefined;
}

/** `Drwcd`: whether there is something below it, and which of get, set, create and delete it has. */
export function methodsOf(path: string): string {
  const parts = path.split("/").filter(Boolean);
  const isFolder = endpointPaths().some((template) => {
    const pieces = template.split("/").filter(Boolean);
    return (
      pieces.length > parts.length && parts.every((part, at) => pieces[at] === part || pieces[at]!.startsWith("{"))
    );
  });
  const has = (method: "GET" | "PUT" | "POST" | "DELETE", letter: string) =>
    findLocalEndpoint(method, path) ? letter : "-";
  // A folder without an endpoint of its own can be read on a real node, too.
  return `${isFolder ? "Dr" : `-${has("GET", "r")}`}${has("PUT", "w")}${has("POST", "c")}${has("DELETE", "d")}`;
}
