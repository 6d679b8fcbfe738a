import { startTestProvider, type TestProvider } from "../classroom/testing/test-provider.ts";
import { ownAddress, startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

test("over plain HTTP on a LAN address a visitor is refused with one clear sentence, and the printed link and single sign-on sign in", async ({
  page,
  browser,
}) => {
  test.setTimeout(400_000);
  let provider: TestProvider | undefined;
  const product = await startProduct({
    host: ownAddress(),
    settings: async (url) => {
      provider = await startTestProvider({
        redirectUris: [`${url}/api/auth/callback/oidc`],
        claims: { ada: { name: "Ada Lovelace", email: "ada@school.example" } },
      });
      return {
        QUORATE_OIDC_DISCOVERY_URL: provider.discoveryUrl,
        QUORATE_OIDC_CLIENT_ID: provider.clientId,
        QUORATE_OIDC_CLIENT_SECRET: provider.clientSecret,
        QUORATE_OIDC_NAME: "the school's account",
      };
    },
  });
  try {
    for (const path of ["/", CHAPTER]) {
      await page.goto(product.url + path);
      await expect(page.getByRole("heading", { name: "You are not signed in" })).toBeVisible();
      await expect(page.getByText("ask the person who runs it", { exact: false })).toBeVisible();
    }
    expect(await page.evaluate(() => isSecureContext)).toBe(false);

    const link = new RegExp(`${product.url}/\\S+`).exec(product.output().replaceAll(`${product.url}/ `, ""))?.[0];
    expect(link, "npm start prints a link for the administrator").toBeDefined();
    await page.goto(link as string);
    await page.goto(product.url);
    await expect(page.getByRole("link", { name: "Start learning" })).toBeVisible();
    await page.goto(product.url + CHAPTER);
    await expect(page.getByRole("tab", { name: /pve1/ })).toBeVisible();

    const context = await browser.newContext();
    const student = await context.newPage();
    const button = student.getByRole("button", { name: "Sign in with the school's account" });
    await student.goto(product.url);
    await button.click();
    await student.getByRole("link", { name: /Cancel/ }).click();
    await expect(student.getByRole("alert").filter({ hasText: "provider" })).toHaveText(
      "You did not agree at the provider, so nobody was signed in.",
    );
    await button.click();
    await student.getByPlaceholder("Enter any login").fill("ada");
    await student.getByPlaceholder("and password").fill("any");
    await student.getByRole("button", { name: "Sign-in" }).click();
    await student.getByRole("button", { name: "Continue" }).click();
    await expect(student.getByRole("link", { name: "Join a class" })).toBeVisible();
    await student.goto(`${product.url}/account`);
    await expect(student.getByText("Ada Lovelace")).toBeVisible();
    await expect(student.getByText("ada@school.example")).toHaveCount(0);
    await context.close();
  } finally {
    await provider?.stop();
    await product.close();
  }
});
