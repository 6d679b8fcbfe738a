/** Every endpoint that a simulated node answers. */
import type { Endpoint } from "../endpoint.ts";
import { accessEndpoints } from "./access.ts";
import { clusterEndpoints } from "./cluster.ts";
import { clusterConfigEndpoints } from "./cluster-config.ts";
import { clusterSettingEndpoints } from "./cluster-settings.ts";
import { haEndpoints } from "./ha.ts";
import { indexEndpoints } from "./index-lists.ts";
import { nodeConfigEndpoints } from "./node-config.ts";
import { nodeLogEndpoints } from "./node-logs.ts";
import { nodeServiceEndpoints } from "./node-services.ts";
import { nodeSystemEndpoints } from "./node-system.ts";
import { nodeEndpoints } from "./nodes.ts";
import { poolEndpoints } from "./pools.ts";
import { qemuEndpoints } from "./qemu.ts";
import { storageEndpoints } from "./storage.ts";
import { taskEndpoints } from "./tasks.ts";

const modelled: Endpoint[] = [
  ...accessEndpoints,
  ...clusterEndpoints,
  ...clusterConfigEndpoints,
  ...haEndpoints,
  ...clusterSettingEndpoints,
  ...nodeEndpoints,
  ...nodeServiceEndpoints,
  ...nodeSystemEndpoints,
  ...nodeLogEndpoints,
  ...poolEndpoints,
  ...qemuEndpoints,
  ...nodeConfigEndpoints,
  ...storageEndpoints,
  ...taskEndpoints,
];

export const endpoints: Endpoint[] = [...modelled, ...indexEndpoints(modelled)];
