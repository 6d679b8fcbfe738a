/** The public port: whether it can be had, and if not, the line that says what to do. */
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import type { Configuration } from "./configuration.ts";
import { StartRefused, systemCode } from "./start-refused.ts";

/** Listen for a moment. @throws StartRefused when the address is taken, forbidden or not this machine's */
export async function requirePort(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => reject(portRefused(host, port, error)));
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

/** The refusal for an error of `listen`, in words; any other error as it is. */
export function portRefused(host: string, port: number, error: unknown): unknown {
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return new StartRefused(
        `Port ${port} on ${host} is taken by another program. Stop it, or choose another port: PORT=${port < 65_000 ? port + 1 : 3000} npm start`,
        { cause: error },
      );
    case "EACCES":
      return new StartRefused(`This user may not listen on port ${port}. Choose one above 1023: PORT=3000 npm start`, {
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new StartRefused(
        `HOST=${host} is not an address of this machine. Use 0.0.0.0 for all of them, or one of ${ownAddresses().join(", ")}.`,
        { cause: error },
      );
    default:
      return error;
  }
}

/** Addresses under which other machines may reach this one. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => !address.internal && address.family === "IPv4")
    .map((address) => address.address);
}

/** Addresses for the browsers of others, where the server listens on all or on one of them. */
export function urlsForOthers(configuration: Configuration, url: string): string[] {
  if (configuration.mode === "self-paced") return [];
  const { protocol, port } = new URL(url);
  const all = configuration.host === "0.0.0.0" || configuration.host === "::";
  const hosts = all
    ? ownAddresses()
    : [configuration.host.includes(":") ? `[${configuration.host}]` : configuration.host];
  return hosts.map((host) => `${protocol}//${host}${port === "" ? "" : `:${port}`}`);
}
