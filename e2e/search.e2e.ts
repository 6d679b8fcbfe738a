import { AxeBuilder } from "@axe-core/playwright";
import { CHAPTER, expect, test } from "./test.ts";

test("the key / opens the search, what it finds leads to its heading, and it can be turned off", async ({
  product,
  page,
}) => {
  await page.goto(product.url);
  await page.getByRole("heading", { level: 1 }).click();
  await expect(page.getByRole("button", { name: "Search the course" })).toBeVisible();
  // The key works once the page is alive.
  await expect(async () => {
    await page.keyboard.press("/");
    await expect(page.getByRole("searchbox")).toBeFocused({ timeout: 1_000 });
  }).toPass();
  await page.keyboard.type("real here");
  const result = page.getByRole("dialog").getByRole("link", { name: /What is real here/ });
  await expect(result).toBeVisible();
  await page.screenshot({ path: "test-results/search.png" });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
      .analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/your-lab#what-is-real-here$/);
  await expect(page.getByRole("heading", { name: "What is real here" })).toBeInViewport();

  await page.getByRole("button", { name: "Search the course" }).click();
  await page.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Search the course" })).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("on a phone a result in the same chapter shows the text, also from the terminal", async ({ product, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(product.url + CHAPTER);
  await page.getByRole("radio", { name: "Terminal" }).click();
  await page.getByRole("button", { name: "Search the course" }).click();
  await page.getByRole("searchbox").fill("further reading");
  await page.screenshot({ path: "test-results/search-phone.png" });
  await page
    .getByRole("dialog")
    .getByRole("link", { name: /Further reading.*Create a cluster/ })
    .click();
  await expect(page.getByRole("heading", { name: "Further reading" })).toBeInViewport();
});

test("what is not there is said, and the search speaks the chapter's language", async ({ product, page }) => {
  await page.goto(`${product.url}/learn/vm-migration-and-clustering/your-lab`);
  await page.getByRole("button", { name: "Español" }).click();
  await page.getByRole("button", { name: "Buscar en el curso" }).click();
  await page.getByRole("searchbox").fill("openstack");
  await expect(page.getByRole("dialog").getByRole("status")).toHaveText("Nada contiene todas estas palabras.");
  await page.getByRole("searchbox").fill("simulados");
  await expect(page.getByRole("dialog").getByRole("link").first()).toBeVisible();
});
