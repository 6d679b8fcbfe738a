/** The lab as a system inside a guest sees it: its time stands still with its machine, and its clock is behind by that. */
import { guestUptimeS, machineAnswers, machineOfBoot, stoodStillMs } from "../../cluster/guests/guest-view.ts";
import type { LabPort } from "../../cluster/port.ts";
import type { LabState } from "../../cluster/state.ts";
import type { GuestBoot } from "./guest-boot.ts";

export function guestPort(port: LabPort, boot: GuestBoot): LabPort {
  const uptimeMs = () =>
    port.read((lab) => {
      const found = machineOfBoot(lab, boot.vmid, boot.bootId);
      return found && guestUptimeS(lab, found.instance.machine) * 1_000;
    });
  /** Until the machine runs. A boot that has ended never does again: whoever waits here is ended by its signal. */
  const running = async (signal?: AbortSignal) => {
    const state = (lab: Readonly<LabState>) => {
      const found = machineOfBoot(lab, boot.vmid, boot.bootId);
      if (!found) return "gone" as const;
      return machineAnswers(lab, found.instance) ? ("runs" as const) : undefined;
    };
    const options = signal ? { signal } : {};
    while ((await port.until(state, options)) === "gone") {
      await port.until((lab) => (state(lab) === "gone" ? undefined : true), { ...options, background: true });
    }
  };
  const sleep = async (ms: number, signal?: AbortSignal) => {
    await running(signal);
    const untilMs = (uptimeMs() ?? 0) + ms;
    for (;;) {
      const now = uptimeMs();
      if (now !== undefined && now >= untilMs - 0.5) return;
      await port.sleep(now === undefined ? ms : untilMs - now, signal);
      await running(signal);
    }
  };
  return {
    read: (query) =>
      port.read((lab) => {
        const found = machineOfBoot(lab, boot.vmid, boot.bootId);
        const behindMs = found ? stoodStillMs(lab, found.instance.machine) : 0;
        return query({ ...lab, wallOffsetMs: lab.wallOffsetMs - behindMs });
      }),
    act: (kind, args) => port.act(kind, args),
    sleep,
    until: (condition, options) => port.until(condition, options),
  };
}
