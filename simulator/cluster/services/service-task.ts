/** A service started, stopped or reloaded through the API: a worker task that waits for systemd's job. */
import { type EventHandler, nodeOf, schedule } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { endTask, findTask, startTask, taskEvent, writeTask } from "../tasks/tasks.ts";
import { jobFailed } from "./services.ts";
import { servicesInputs } from "./services-slice.ts";
import type { UnitName } from "./services-state.ts";

/** How often the worker looks whether systemd is done, model milliseconds. */
const LOOK_EVERY_MS = 100;

export type ServiceTaskInputs = {
  /** `service` as the API names it (`sshd`); a unit that is not on the node fails in the worker. */
  "services/task": {
    args: {
      node: string;
      service: string;
      unit: UnitName;
      action: "start" | "stop" | "restart" | "reload";
      user: string;
      tokenId?: string;
    };
    result: { upid: string };
  };
};

export const serviceTaskInputs = {
  "services/task": (lab: LabState, args: ServiceTaskInputs["services/task"]["args"]): { upid: string } => {
    const { node, service, unit, action, user, tokenId } = args;
    const task = startTask(lab, node, {
      type: `srv${action}`,
      id: service,
      user,
      ...(tokenId !== undefined && { tokenId }),
      program: "pvedaemon",
    });
    try {
      servicesInputs["services/control"](lab, { node, unit, action });
      schedule(lab, LOOK_EVERY_MS, taskEvent(task, "services/task-look", { unit, action }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      writeTask(lab, node, task.upid, `${error.message}\n`);
      endTask(lab, node, task.upid, `command '/bin/systemctl ${action} ${unit}' failed: exit code 1`);
    }
    return { upid: task.upid };
  },
};

export const serviceTaskHandlers: Record<string, EventHandler> = {
  "services/task-look": (lab, event) => {
    const { upid, unit, action } = event.data as { upid: string; unit: UnitName; action: string };
    const node = event.node!;
    const state = nodeOf(lab, node).services.units[unit];
    if (state.active === "activating" || state.active === "deactivating") {
      const task = findTask(lab, node, upid);
      if (task) schedule(lab, LOOK_EVERY_MS, taskEvent(task, "services/task-look", { unit, action }));
      return;
    }
    if (state.active !== "failed" || action === "stop") return endTask(lab, node, upid, "OK");
    writeTask(lab, node, upid, jobFailed(lab, node, unit));
    endTask(lab, node, upid, `command '/bin/systemctl ${action} ${unit}' failed: exit code 1`);
  },
};
