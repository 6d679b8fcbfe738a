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
  index("/", ["access", "cluster", "nodes", "pools", "storage", "version"], "subdir"),
  index("/access", ["acl", "groups", "password", "permissions", "roles", "ticket", "users", "domains"], "subdir"),
  index("/cluster", ["config", "ha", "log", "nextid", "options", "resources", "status", "tasks"]),
  {
    ...index("/nodes/{node}", [
      ...["certificates", "config", "dns", "hosts", "journal", "lxc", "network", "qemu", "services", "status"],
      ...["storage", "subscription", "syslog", "tasks", "time", "version"],
    ]),
    proxied: true,
  },
  {
    ...index("/nodes/{node}/qemu/{vmid}", ["config", "migrate", "pending", "snapshot", "status"], "subdir"),
    proxied: true,
  },
  {
    ...index(
      "/nodes/{node}/qemu/{vmid}/status",
      ["current", "start", "stop", "shutdown", "reboot", "suspend", "resume"],
      "subdir",
    ),
    proxied: true,
  },
  { ...index("/nodes/{node}/tasks/{upid}", ["log", "status"]), proxied: true },
];
