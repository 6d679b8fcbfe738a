import { defineConfig } from "prisma/config";

/** For `prisma generate` alone: migrations are applied by database/migrate.ts. */
export default defineConfig({ schema: "prisma/schema.prisma" });
