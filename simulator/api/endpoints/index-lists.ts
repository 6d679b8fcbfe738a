/** Folders of the API: lists of what is below them, as far as it is modelled. @source recordings 12 */
import { success } from "../answer.ts";
import type { Endpoint } from "../endpoint.ts";

const index = (path: string, names: string[], key: "name" | "subdir" = "name"): Endpoint => ({
  method: "GET",
  path,
  permission: { kind: "user" },
  answer: () => success(names.map((name) => ({ [key]: name }))),
});

export const indexEndpoints: Endpoint[] = [
  {
    ...index("/cluster/config", ["nodes", "totem", "join", "qdevice", "apiversion"]),
    permission: { kind: "privilege", path: "/", privilege: "Sys.Audit" },
  },
  index("/cluster", ["config", "ha", "options", "resources", "status", "tasks"]),
  { ...index("/nodes/{node}", ["qemu", "status", "storage", "tasks", "time", "version"]), proxied: true },
  { ...index("/nodes/{node}/tasks/{upid}", ["log", "status"]), proxied: true },
];
