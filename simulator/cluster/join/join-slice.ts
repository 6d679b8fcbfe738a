/** Making, joining and changing clusters: inputs and events of this slice. */
import type { EventHandler } from "../kernel.ts";
import { type AddNodeInputs, addNodeHandlers, addNodeInputs } from "./add-node.ts";
import { confLockHandlers } from "./conf-lock.ts";
import { type CreateInputs, createHandlers, createInputs } from "./create-cluster.ts";
import { type DeleteNodeInputs, deleteNodeHandlers, deleteNodeInputs } from "./delete-node.ts";
import { type JoinInputs, joinHandlers, joinInputs } from "./join-cluster.ts";
import { lockHandlers } from "./pvecm-lock.ts";
import { type QdeviceInputs, qdeviceConfHandlers, qdeviceInputs } from "./write-qdevice.ts";

export type ClusterInputs = CreateInputs & JoinInputs & AddNodeInputs & DeleteNodeInputs & QdeviceInputs;

export const clusterInputs = {
  ...createInputs,
  ...joinInputs,
  ...addNodeInputs,
  ...deleteNodeInputs,
  ...qdeviceInputs,
};

export const clusterHandlers: Record<string, EventHandler> = {
  ...createHandlers,
  ...joinHandlers,
  ...addNodeHandlers,
  ...deleteNodeHandlers,
  ...qdeviceConfHandlers,
  ...confLockHandlers,
  ...lockHandlers,
};
