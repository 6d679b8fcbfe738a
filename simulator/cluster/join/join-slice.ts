/** Making, joining and changing clusters: inputs and events of this slice. */
import type { EventHandler } from "../kernel.ts";
import { type AddNodeInputs, addNodeHandlers, addNodeInputs } from "./add-node.ts";
import { type CreateInputs, createHandlers, createInputs } from "./create-cluster.ts";
import { type DeleteNodeInputs, deleteNodeHandlers, deleteNodeInputs } from "./delete-node.ts";
import { type JoinInputs, joinHandlers, joinInputs } from "./join-cluster.ts";
import { lockHandlers } from "./pvecm-lock.ts";

export type ClusterInputs = CreateInputs & JoinInputs & AddNodeInputs & DeleteNodeInputs;

export function clusterInputs() {
  return { ...createInputs, ...joinInputs, ...addNodeInputs, ...deleteNodeInputs };
}

export function clusterHandlers(): Record<string, EventHandler> {
  return { ...createHandlers, ...joinHandlers, ...addNodeHandlers, ...deleteNodeHandlers, ...lockHandlers };
}
