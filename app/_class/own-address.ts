import { headers } from "next/headers";
import { isLoopback } from "../../server/configuration.ts";

/** The server's address as this browser reached it, without a slash at the end. The gateway has checked the name. */
export async function ownAddress(): Promise<string> {
  return addressAskedAt(await headers());
}

export const HERE_ALONE =
  "This address leads to this computer alone: students cannot open it. Open this page under the address that npm start printed.";

/** Nobody on another computer can open it. @param address as `ownAddress` gives it */
export function leadsHereAlone(address: string): boolean {
  return isLoopback(new URL(address).hostname);
}

/** @param asked headers of the request, as the gateway passes them on */
export function addressAskedAt(asked: Pick<Headers, "get">): string {
  const scheme = asked.get("x-forwarded-proto") === "https" ? "https" : "http";
  return `${scheme}://${asked.get("x-forwarded-host") ?? asked.get("host") ?? "localhost"}`;
}
