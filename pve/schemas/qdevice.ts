/**
 * `/cluster/config/qdevice`: what the node's own qdevice daemon prints, key by key, so the keys are words for people.
 *
 * Recorded with a device: `{"Algorithm":"LMS","Model":"Net","QNetd host":"10.99.7.14:5403","State":"Connected",...}`;
 * without one: an empty object.
 */
import { z } from "zod";

export const qdeviceWire = z
  .union([z.record(z.string(), z.unknown()), z.null(), z.array(z.unknown()).length(0)])
  .transform((wire) => {
    if (wire === null || Array.isArray(wire) || Object.keys(wire).length === 0) return null;
    const text = (key: string) => (typeof wire[key] === "string" ? wire[key] : undefined);
    const poll = text("Last poll call");
    return {
      model: text("Model"),
      algorithm: text("Algorithm")?.toLowerCase(),
      state: text("State") ?? "unknown",
      host: text("QNetd host"),
      /** Whether the last poll ended with a vote for this node; undefined where it does not say. */
      castsVote: poll === undefined ? undefined : /\(cast vote\)/.test(poll),
    };
  });
export type QdeviceStatus = z.output<typeof qdeviceWire>;
