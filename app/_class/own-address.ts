import { headers } from "next/headers";

/** The server's address as this browser reached it, without a slash at the end. The gateway has checked the name. */
export async function ownAddress(): Promise<string> {
  return addressAskedAt(await headers());
}

/** @param asked headers of the request, as the gateway passes them on */
export function addressAskedAt(asked: Pick<Headers, "get">): string {
  const scheme = asked.get("x-forwarded-proto") === "https" ? "https" : "http";
  return `${scheme}://${asked.get("x-forwarded-host") ?? asked.get("host") ?? "localhost"}`;
}
