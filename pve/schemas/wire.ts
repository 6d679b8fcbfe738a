/**
 * Spellings that several wire shapes share. Proxmox is written in Perl, so a number may arrive as a string and a truth
 * as 0, 1, "0", "1" or nothing.
 */
import { z } from "zod";

/** A whole number, as a number or as its decimal text. */
export const wireInt = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);

/** Any number, or its decimal text. */
export const wireNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i)
    .transform(Number),
]);

/** 0 or 1 in any of their spellings. */
export const wireFlag = z
  .union([z.literal(0), z.literal(1), z.literal("0"), z.literal("1"), z.literal(""), z.boolean()])
  .transform((value) => value === 1 || value === "1" || value === true);

/** Text that Perl may hand out as a number: a VMID, a storage called 42. */
export const wireText = z.union([z.string(), z.number().transform(String)]);

/** A value that may be missing; Perl writes one that it does not have as null, too. */
export function maybe<T extends z.ZodType>(shape: T) {
  return shape.nullish().transform((value): z.output<T> | undefined => value ?? undefined);
}

/** A value beside the point: one that is not as expected is left out, and what stands around it is still read. */
export function aside<T extends z.ZodType>(shape: T) {
  return shape
    .nullish()
    .catch(undefined)
    .transform((value): z.output<T> | undefined => value ?? undefined);
}

/** Links of a cluster node: `ring0_addr` to `ring7_addr`, by their number. */
export function linksOf(entry: Record<string, unknown>): Record<number, string> {
  const links: Record<number, string> = {};
  for (const [key, value] of Object.entries(entry)) {
    const match = /^ring([0-7])_addr$/.exec(key);
    if (match && typeof value === "string") links[Number(match[1])] = value;
  }
  return links;
}
