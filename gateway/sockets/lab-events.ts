/**
 * A lab's picture, and its power and cables where it has them.
 */

import type { LabPicture } from "../../labs/lab-picture.ts";
import { type Capability, type Labs, LabUnavailable } from "../../labs/labs.ts";
import { withoutUndefined } from "../../labs/without-undefined.ts";
import type { LabControl, LabFault } from "../protocol.ts";
import { Refused } from "../refused.ts";
import { answer, type Browser, mustBeAllowed } from "./connection.ts";
import type { LabPictures } from "./lab-pictures.ts";

export type LabsWithFaults = Pick<Labs, "capabilities" | "surroundings" | "apply">;

export function handleLabs(browser: Browser, labs: LabsWithFaults, pictures: LabPictures): void {
  handlePicture(browser, labs, pictures);

  answer(browser, "lab:surroundings", async ({ labId }) => {
    await mustBeAllowed(browser, "lab:surroundings", { labId });
    await capable(labs, labId, ["power", "cables"]);
    await browser.socket.join(roomOf(labId));
    return { surroundings: await available(labs.surroundings(labId)) };
  });

  answer(browser, "lab:fault", async ({ labId, fault }) => {
    await mustBeAllowed(browser, "lab:fault", { labId });
    await capable(labs, labId, needs(fault));
    const printed = await available(labs.apply(labId, withoutUndefined(fault)));
    const surroundings = await available(labs.surroundings(labId));
    const room = roomOf(labId);
    browser.socket.emit("lab:surroundings", { labId, surroundings });
    browser.socket.to(room).emit("lab:surroundings", { labId, surroundings });
    return printed ? { printed } : {};
  });
}

function handlePicture(browser: Browser, labs: LabsWithFaults, pictures: LabPictures): void {
  const { socket } = browser;
  const onScreen = new Map<string, (picture: LabPicture) => void>();
  const leave = (labId: string) => {
    const show = onScreen.get(labId);
    onScreen.delete(labId);
    if (show) pictures.unwatch(labId, show);
  };

  answer(browser, "lab:picture", async ({ labId, end }) => {
    await mustBeAllowed(browser, "lab:picture", { labId });
    if (end) {
      leave(labId);
      return { controls: [], surroundings: false };
    }
    const show = onScreen.get(labId) ?? ((picture: LabPicture) => void socket.emit("lab:picture", { labId, picture }));
    onScreen.set(labId, show);
    const [picture, capabilities, mayFault] = await Promise.all([
      pictures.watch(labId, show),
      available(labs.capabilities(labId)),
      browser.permit(browser.person, "lab:fault", { labId }),
    ]);
    if (!socket.connected) leave(labId);
    const ageMs = picture && Date.now() - picture.takenAtMs;
    const has = controls.filter((control) => capabilities.includes(control));
    return { picture, ageMs, controls: mayFault ? has : [], surroundings: has.length > 0 };
  });

  socket.on("disconnect", () => {
    for (const labId of [...onScreen.keys()]) leave(labId);
  });
}

const controls: LabControl[] = ["power", "cables", "watchdog", "storage"];

const roomOf = (labId: string) => `lab ${labId}`;

function needs(fault: LabFault): Capability[] {
  if (fault.kind !== "link") return [fault.kind];
  return fault.up === undefined && (fault.latencyMs !== undefined || fault.lossPercent !== undefined)
    ? ["latency"]
    : ["cables"];
}

/** One of them is enough. */
async function capable(labs: LabsWithFaults, labId: string, capabilities: Capability[]): Promise<void> {
  const has = await available(labs.capabilities(labId));
  if (capabilities.some((capability) => has.includes(capability))) return;
  throw new Refused("unavailable", { id: "no-capability", values: { capability: capabilities.join(" or ") } });
}

async function available<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    if (!(cause instanceof LabUnavailable)) throw cause;
    const message = { id: "lab-unavailable", values: { detail: cause.message } };
    throw new Refused("unavailable", message, { retry: true, cause });
  }
}
