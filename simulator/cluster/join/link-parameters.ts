/** `link0` to `link7` of Proxmox's command and API: an address, or `address=IP,priority=N`. @source corosync-link of pve-cluster */

import { type Form, whole32 } from "../forms.ts";

/** An address, or `address=ADDRESS,priority=N`: what both the command and the API check. */
export const LINK: Form = {
  optional: true,
  format: { address: { format: "address", defaultKey: true }, priority: whole32(0, 255) },
};

const LINKS = [0, 1, 2, 3, 4, 5, 6, 7];

/** @returns undefined for text that names no address */
function parseLink(value: string): { address: string; priority?: number } | undefined {
  let address: string | undefined;
  let priority: number | undefined;
  for (const part of value.split(",")) {
    const equals = part.indexOf("=");
    if (equals < 0) address = part;
    else if (part.startsWith("address=")) address = part.slice(equals + 1);
    else if (/^priority=\d{1,3}$/.test(part)) priority = Number(part.slice(equals + 1));
    else return undefined;
  }
  if (address === undefined || !/^[A-Za-z0-9:][A-Za-z0-9.:-]*$/.test(address)) return undefined;
  return { address, ...(priority !== undefined && { priority }) };
}

/** This node's address by link number; text that is none is left to whoever uses it. */
export function linksOf(params: Readonly<Record<string, string>>): Record<number, string> {
  const links: Record<number, string> = {};
  for (const number of LINKS) {
    const text = params[`link${number}`];
    if (text !== undefined) links[number] = parseLink(text)?.address ?? text;
  }
  return links;
}

/** Of the links that say one: written down as `knet_link_priority`. */
export function linkPrioritiesOf(params: Readonly<Record<string, string>>): Record<number, number> {
  const priorities: Record<number, number> = {};
  for (const number of LINKS) {
    const priority = parseLink(params[`link${number}`] ?? "")?.priority;
    if (priority !== undefined) priorities[number] = priority;
  }
  return priorities;
}
