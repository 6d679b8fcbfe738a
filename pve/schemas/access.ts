/** `/access`: tickets and users. */
import { z } from "zod";
import { maybe, wireFlag, wireInt, wireText } from "./wire.ts";

export const ticketWire = z
  .object({
    username: z.string(),
    ticket: z.string().min(1),
    CSRFPreventionToken: z.string().min(1),
    clustername: maybe(wireText),
    /** Half a ticket: the account asks for a second factor before it counts. */
    NeedTFA: maybe(wireFlag),
    cap: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  })
  .transform((wire) => ({
    user: wire.username,
    ticket: wire.ticket,
    csrfToken: wire.CSRFPreventionToken,
    /** Absent on a node outside any cluster. */
    clusterName: wire.clustername,
    needsSecondFactor: wire.NeedTFA ?? false,
  }));
export type Ticket = z.output<typeof ticketWire>;

export const usersWire = z.array(
  z
    .object({
      userid: z.string(),
      enable: maybe(wireFlag),
      expire: maybe(wireInt),
      comment: maybe(wireText),
      "realm-type": maybe(wireText),
    })
    .transform((wire) => ({
      userId: wire.userid,
      enabled: wire.enable ?? true,
      /** Seconds since 1970, 0 for never. */
      expiresAt: wire.expire ?? 0,
      comment: wire.comment ?? "",
    })),
);
export type PveUser = z.output<typeof usersWire>[number];
