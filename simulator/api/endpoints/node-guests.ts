/** Every guest of a node at once. @source pve-manager PVE/API2/Nodes.pm (no recording) */
import { type Form, flag, named, whole32 } from "../../cluster/forms.ts";
import type { BulkAction } from "../../cluster/guests/bulk-steps.ts";
import { Refusal } from "../../cluster/refusal.ts";
import { listOf, missing } from "../access-change.ts";
import { ApiRefusal, modelRefusal, success } from "../answer.ts";
import type { Endpoint, EndpointContext, Permission } from "../endpoint.ts";
import { formedAll } from "../parameters.ts";
import { hasPrivilege } from "../permissions.ts";

/** Over all guests, or over each that is named. */
function over(privilege: string): Permission {
  return {
    kind: "other",
    refused: (lab, node, who, params) => {
      if (hasPrivilege(lab, node, who, "/", privilege)) return undefined;
      const vmids = listOf(params.vms);
      if (vmids.length === 0) return missing("/", [privilege]);
      const other = vmids.find((vmid) => !hasPrivilege(lab, node, who, `/vms/${vmid}`, privilege));
      return other === undefined ? undefined : missing(`/vms/${other}`, [privilege]);
    },
  };
}

const vms = named("pve-vmid-list");

function bulk(action: BulkAction, privilege: string, forms: Record<string, Form>): Endpoint {
  return {
    method: "POST",
    path: `/nodes/{node}/${action}`,
    permission: over(privilege),
    proxied: true,
    protected: true,
    parameters: formedAll(forms),
    answer: (context) => start(context, action),
  };
}

export const nodeGuestEndpoints: Endpoint[] = [
  bulk("startall", "VM.PowerMgmt", { force: flag, vms }),
  bulk("stopall", "VM.PowerMgmt", { "force-stop": flag, timeout: whole32(0, 7_200), vms }),
  bulk("migrateall", "VM.Migrate", {
    target: { format: "pve-node" },
    maxworkers: whole32(1, 64),
    vms,
    "with-local-disks": flag,
  }),
];

function start({ lab, node, params, who }: EndpointContext, action: BulkAction) {
  const { node: _node, ...given } = params;
  try {
    const { upid } = lab.act("guests/bulk", {
      node,
      action,
      params: given,
      user: who.user,
      ...(who.tokenId !== undefined && { tokenId: `${who.user}!${who.tokenId}` }),
      program: "pvedaemon",
    });
    return success(upid);
  } catch (error) {
    throw error instanceof Refusal ? new ApiRefusal(modelRefusal(error)) : error;
  }
}
