/** Every program of a simulated node by name. */
import { tellProgramPaths } from "../node-view/program-paths.ts";
import type { ProgramEntry } from "../shell/process.ts";
import { adminTools } from "./admin-tools-table.ts";
import { clusterCommands } from "./cluster-commands.ts";
import { coreutils } from "./coreutils-table.ts";
import { knowingUsers } from "./other-users.ts";
import { knowingNames } from "./renamed-node.ts";

/** Without a prototype, so that `constructor` is no program. */
export const allCommands: Record<string, ProgramEntry> = knowingUsers(
  knowingNames({
    ...coreutils,
    ...adminTools,
    ...clusterCommands,
  }),
);

tellProgramPaths(() => Object.values(allCommands).map((entry) => entry.path));
