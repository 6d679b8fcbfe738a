/** `DATABASE_URL`: whether the database behind it answers, and if not, the line that says what to do. */
import { Client } from "pg";
import { StartRefused, systemCode } from "./start-refused.ts";

const withinMs = 8_000;
const oldest = 15;

/** @throws StartRefused naming host and reason; never the password */
export async function requireDatabase(url: string): Promise<void> {
  const { hostname, port, pathname, username } = new URL(url);
  const place = `${hostname || "localhost"}:${port || 5432}`;
  const client = new Client({ connectionString: url, connectionTimeoutMillis: withinMs });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version_num') AS version");
    const major = Math.floor(Number(rows[0]?.version) / 10_000);
    if (major < oldest) {
      throw new StartRefused(
        `DATABASE_URL: the PostgreSQL at ${place} is version ${major}; Quorate needs ${oldest} or newer.`,
      );
    }
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    throw new StartRefused(`DATABASE_URL: ${reason(error, { place, database: pathname.slice(1), username })}`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

function reason(error: unknown, at: { place: string; database: string; username: string }): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  switch (systemCode(inner)) {
    case "ECONNREFUSED":
      return `nothing listens at ${at.place}. Start that PostgreSQL, or unset DATABASE_URL to use the bundled one.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name in ${at.place} is not known. Check its spelling, or unset DATABASE_URL to use the bundled one.`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return `${at.place} cannot be reached. Check network and firewall, or unset DATABASE_URL to use the bundled one.`;
    case "28P01":
    case "28000":
      return `${at.place} refuses the user ${at.username} with this password. Correct it in the address.`;
    case "3D000":
      return `${at.place} has no database ${at.database}. Create it (createdb ${at.database}), or correct the address.`;
    default:
      return `${at.place} did not answer (${inner instanceof Error ? inner.message : String(inner)}). Check the address, or unset DATABASE_URL to use the bundled one.`;
  }
}
