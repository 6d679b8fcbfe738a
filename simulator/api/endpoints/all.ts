/** Every endpoint that a simulated node answers. */
import type { Endpoint } from "../endpoint.ts";
import { accessEndpoints } from "./access.ts";
import { applianceEndpoints } from "./appliances.ts";
import { aptRepositoryEndpoints } from "./apt-repositories.ts";
import { cloudInitDumpEndpoints } from "./cloud-init-dump.ts";
import { clusterEndpoints } from "./cluster.ts";
import { clusterConfigEndpoints } from "./cluster-config.ts";
import { clusterListEndpoints } from "./cluster-lists.ts";
import { clusterSettingEndpoints } from "./cluster-settings.ts";
import { guestAgentEndpoints } from "./guest-agent.ts";
import { guestCapabilityEndpoints } from "./guest-capabilities.ts";
import { guestMonitorEndpoints } from "./guest-monitor.ts";
import { guestReportEndpoints } from "./guest-reports.ts";
import { haEndpoints } from "./ha.ts";
import { indexEndpoints } from "./index-lists.ts";
import { nodeConfigEndpoints } from "./node-config.ts";
import { nodeGuestEndpoints } from "./node-guests.ts";
import { nodeInventoryEndpoints } from "./node-inventory.ts";
import { nodeLogEndpoints } from "./node-logs.ts";
import { nodeNetworkEndpoints } from "./node-network.ts";
import { nodeServiceEndpoints } from "./node-services.ts";
import { nodeSystemEndpoints } from "./node-system.ts";
import { nodeEndpoints } from "./nodes.ts";
import { pastFigureEndpoints } from "./past-figures.ts";
import { poolEndpoints } from "./pools.ts";
import { qemuEndpoints } from "./qemu.ts";
import { singleItemEndpoints } from "./single-items.ts";
import { storageEndpoints } from "./storage.ts";
import { storageScanEndpoints } from "./storage-scan.ts";
import { taskEndpoints } from "./tasks.ts";
import { unusedFeatureEndpoints } from "./unused-features.ts";
import { volumeInfoEndpoints } from "./volume-info.ts";

const modelled: Endpoint[] = [
  ...accessEndpoints,
  ...clusterEndpoints,
  ...clusterConfigEndpoints,
  ...haEndpoints,
  ...clusterSettingEndpoints,
  ...clusterListEndpoints,
  ...nodeEndpoints,
  ...nodeServiceEndpoints,
  ...nodeNetworkEndpoints,
  ...nodeSystemEndpoints,
  ...nodeInventoryEndpoints,
  ...aptRepositoryEndpoints,
  ...applianceEndpoints,
  ...pastFigureEndpoints,
  ...nodeLogEndpoints,
  ...poolEndpoints,
  ...qemuEndpoints,
  ...guestAgentEndpoints,
  ...guestCapabilityEndpoints,
  ...cloudInitDumpEndpoints,
  ...guestMonitorEndpoints,
  ...guestReportEndpoints,
  ...nodeConfigEndpoints,
  ...nodeGuestEndpoints,
  ...singleItemEndpoints,
  ...storageEndpoints,
  ...storageScanEndpoints,
  ...volumeInfoEndpoints,
  ...taskEndpoints,
  ...unusedFeatureEndpoints,
];

export const endpoints: Endpoint[] = [...modelled, ...indexEndpoints(modelled)];
