/** Links that work once. The token itself is never stored. */
import { createHash, randomBytes } from "node:crypto";
import type { PrismaClient } from "./generated/client.ts";
import { newId } from "./ids.ts";

export interface LinkQueries {
  /** Make one and forget unused ones of the same purpose and person. @returns the token, 43 characters for a URL */
  create(link: { purpose: string; personId?: string; validForMs: number }): Promise<string>;
  /** Use a token up. @returns whom it signs in, or undefined when it is unknown, used or expired */
  redeem(purpose: string, token: string): Promise<{ personId: string | null } | undefined>;
}

const hash = (token: string) => createHash("sha256").update(token).digest("hex");

export function linkQueries(prisma: PrismaClient): LinkQueries {
  return {
    create: async ({ purpose, personId, validForMs }) => {
      const token = randomBytes(32).toString("base64url");
      await prisma.$transaction([
        prisma.oneTimeLink.deleteMany({ where: { purpose, personId: personId ?? null, usedAt: null } }),
        prisma.oneTimeLink.create({
          data: {
            id: newId(),
            tokenHash: hash(token),
            purpose,
            personId: personId ?? null,
            expiresAt: new Date(Date.now() + validForMs),
          },
        }),
      ]);
      return token;
    },
    redeem: async (purpose, token) => {
      // One statement, so that of two uses at once only one succeeds.
      const rows = await prisma.$queryRaw<{ personId: string | null }[]>`
        UPDATE one_time_link SET used_at = now()
        WHERE token_hash = ${hash(token)} AND purpose = ${purpose} AND used_at IS NULL AND expires_at > now()
        RETURNING person_id AS "personId"`;
      return rows[0];
    },
  };
}
