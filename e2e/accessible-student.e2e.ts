/** Every type of page that a student sees is accessible (`accessibility.ts`). */
import type { Page } from "@playwright/test";
import {
  askForHelp,
  COURSE,
  JUDGED_WITHIN_MS,
  joined,
  judged,
  judgedOnce,
  makeClass,
  newPage,
  open,
  screens,
} from "./accessibility.ts";
import { ownAddress, startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

/** A lab is made, and its first shell opened. */
const LAB_MS = 120_000;

test("no page of a student breaks a rule of WCAG 2.2 AA that axe knows, light or dark, wide or narrow", async ({
  browser,
  page: admin,
}) => {
  test.setTimeout(JUDGED_WITHIN_MS);
  const product = await startProduct({ host: ownAddress() });
  const { url } = product;
  try {
    const visitor = await newPage(browser);
    await open(visitor, `${url}/`, "You are not signed in");
    await judged(visitor, "not signed in");
    await open(visitor, `${url}/join`, "Join a class");
    await judged(visitor, "join");
    await open(visitor, `${url}/return`, "Come back");
    await judged(visitor, "return");

    const { board, code } = await makeClass(admin, product);
    const student = await joined(browser, url, code);
    await judged(student, "joined, with a return code");

    await open(student, url + CHAPTER);
    const screen = student.getByRole("tabpanel", { name: /pve1/ });
    await expect(screen.locator(".xterm-rows")).toContainText("root@pve1", { timeout: LAB_MS });
    await student.getByRole("button", { name: "Check this step" }).first().click();
    await expect(student.getByText("Not yet").first()).toBeVisible();
    await askForHelp(student);
    await judged(student, "chapter, terminal open, help asked for");
    await student.keyboard.press("Escape");
    await judged(student, "chapter with an open terminal");
    await inNarrowViews(student);
    await open(student, `${url}${COURSE}/cold-and-live`);
    await judged(student, "chapter with a figure");

    await open(student, `${url}/`, "learned by doing");
    await judged(student, "home");
    await open(student, `${url}${COURSE}/glossary`, "Words and commands");
    await judged(student, "glossary and commands");
    await open(student, `${url}${COURSE}/figures`, "All figures");
    await judged(student, "figures");
    await open(student, `${url}/account`, "What others did here");
    await judged(student, "account");
    await open(student, `${url}/receipts`, "Receipts");
    await judged(student, "receipts");
    await open(student, `${url}${COURSE}/record`, "Record of completion");
    await judged(student, "record of completion");
    await open(student, `${url}${COURSE}/final-exercise`);
    await judged(student, "final exercise");
    await open(student, `${url}${COURSE}/no-such-chapter`, "There is no such page");
    await judged(student, "404");
    await open(student, board);
    await judged(student, "403");
    expect((await student.request.get(`${url}${COURSE}/notes`)).status(), "notes, asked for by a student").toBe(403);
  } finally {
    await product.close();
  }
});

/** What a phone shows instead of the text. */
async function inNarrowViews(page: Page): Promise<void> {
  await page.setViewportSize(screens.narrow);
  for (const view of ["Terminal", "Lab"]) {
    await page.getByRole("radio", { name: view }).click();
    for (const colorScheme of ["light", "dark"] as const)
      await judgedOnce(page, colorScheme, `chapter, ${view}, narrow`);
  }
  await page.getByRole("radio", { name: "Text" }).click();
  await page.setViewportSize(screens.wide);
}
