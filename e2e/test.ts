/** Playwright's test with a running product: one for all tests that leave it as it was, and one for each that do not. */
import { test as base } from "@playwright/test";
import { type Product, startProduct } from "./product.ts";

export { expect } from "@playwright/test";

export const CHAPTER = "/learn/vm-migration-and-clustering/create-a-cluster";

interface PerTest {
  /** Pages that a test opened for further people are closed after it: those of a product that is gone go on looking for it. */
  furtherPages: undefined;
  /** A product of the test's own, with nothing in it. */
  ownProduct: Product;
}

interface PerWorker {
  /** Shared by tests that only look. */
  product: Product;
}

export const test = base.extend<PerTest, PerWorker>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's names
    async ({}, use) => {
      const product = await startProduct();
      await use(product);
      await product.close();
    },
    { scope: "worker", timeout: 330_000 },
  ],
  furtherPages: [
    async ({ browser, context }, use) => {
      await use(undefined);
      const further = browser.contexts().filter((other) => other !== context);
      await Promise.all(further.map((other) => other.close()));
    },
    { auto: true },
  ],
  ownProduct: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's names
    async ({}, use) => {
      const product = await startProduct();
      await use(product);
      await product.close();
    },
    { timeout: 330_000 },
  ],
});
