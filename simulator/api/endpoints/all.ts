/** Every endpoint that a simulated node answers. */
import type { Endpoint } from "../endpoint.ts";
import { accessEndpoints } from "./access.ts";
import { clusterEndpoints } from "./cluster.ts";
import { clusterConfigEndpoints } from "./cluster-config.ts";
import { indexEndpoints } from "./index-lists.ts";
import { nodeConfigEndpoints } from "./node-config.ts";
import { nodeEndpoints } from "./nodes.ts";
import { qemuEndpoints } from "./qemu.ts";
import { storageEndpoints } from "./storage.ts";
import { taskEndpoints } from "./tasks.ts";

export const endpoints: Endpoint[] = [
  ...indexEndpoints,
  ...accessEndpoints,
  ...clusterEndpoints,
  ...clusterConfigEndpoints,
  ...nodeEndpoints,
  ...qemuEndpoints,
  ...nodeConfigEndpoints,
  ...storageEndpoints,
  ...taskEndpoints,
];
