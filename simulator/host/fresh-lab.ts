/** A new lab of an identity: stand-alone nodes, as they are right after their installation. */
import { createLab } from "../cluster/lab.ts";
import type { LabState } from "../cluster/state.ts";
import type { LabIdentity } from "./lab-identity.ts";

/** Its certificates are asked for and not issued yet. */
export function freshLab(identity: LabIdentity): LabState {
  return createLab({
    seed: identity.seed,
    nodes: identity.nodes.map(({ name, address }) => ({ name, address })),
    rootPassword: identity.password,
    wallMs: Date.now(),
  });
}
