/** Folders of the API whose list is fixed: what a real node has below them, modelled or not. */
import { guestText } from "../../cluster/guests/guest-view.ts";
import { success } from "../answer.ts";
import type { Endpoint, Permission } from "../endpoint.ts";
import { fixedFolders } from "../known-paths.ts";
import { audit, needs } from "../permissions.ts";
import { configurationMissing } from "./qemu.ts";

/** Those that not everybody may read. @source each index's permissions */
const PERMISSIONS: Record<string, Permission> = {
  "/cluster/config": audit("/"),
  "/cluster/ha": audit("/"),
  "/cluster/sdn": needs("/sdn", "SDN.Audit"),
  "/nodes/{node}/ceph": audit("/"),
  "/nodes/{node}/sdn/zones/{zone}": needs("/sdn/zones/{zone}", "SDN.Audit"),
  "/nodes/{node}/services/{service}": audit("/nodes/{node}"),
  "/nodes/{node}/storage/{storage}": needs("/storage/{storage}", "Datastore.Audit", "Datastore.AllocateSpace"),
};

/** Those that the named node answers; of the others any node says the same. @source each index's proxyto */
const PROXIED = new Set(
  ["capabilities", "capabilities/qemu", "disks", "sdn", "qemu/{vmid}", "qemu/{vmid}/agent", "qemu/{vmid}/status"].map(
    (path) => `/nodes/{node}/${path}`,
  ),
);

/** @param modelled endpoints with an answer of their own */
export function indexEndpoints(modelled: Endpoint[]): Endpoint[] {
  const own = new Set(modelled.filter((one) => one.method === "GET").map((one) => one.path));
  return fixedFolders()
    .filter(({ path }) => !own.has(path))
    .map(({ path, key, names }) => ({
      method: "GET",
      path,
      permission: PERMISSIONS[path] ?? { kind: "user" },
      ...(PROXIED.has(path) && { proxied: true }),
      answer: ({ lab, node, params }) => {
        // This one alone looks whether there is such a guest.
        if (path === "/nodes/{node}/qemu/{vmid}/status") {
          const { vmid } = params;
          if (lab.read((state) => guestText(state, node, Number(vmid))) === undefined) {
            throw configurationMissing(node, vmid!);
          }
        }
        const further = path === "/nodes/{node}/qemu/{vmid}" ? ["move"] : [];
        return success([...names, ...further].map((name) => ({ [key]: name })));
      },
    }));
}
