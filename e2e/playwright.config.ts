import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** An installed Chromium is used where there is one; else Playwright's own (`npx playwright install chromium`). */
const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.e2e.ts",
  outputDir: "../test-results",
  // Clusters form in real time, and most of a test is waiting: two at a time, each file with its tests in their order.
  workers: 2,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: process.env.CI ? [["list"], ["json", { outputFile: "../test-results/e2e.json" }]] : "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    screenshot: "only-on-failure",
    // To keep one costs a tenth of the time: `npm run test:e2e -- --trace retain-on-failure`.
    trace: "off",
    launchOptions: {
      ...(installed && { executablePath: installed }),
      args: [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-gpu",
      ],
    },
  },
});
