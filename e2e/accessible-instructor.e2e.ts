/** Every type of page that an instructor sees, and those of a student in Spanish, are accessible (`accessibility.ts`). */
import type { Page } from "@playwright/test";
import {
  askForHelp,
  COURSE,
  JUDGED_WITHIN_MS,
  joined,
  judged,
  judgedOnce,
  makeClass,
  open,
  screens,
} from "./accessibility.ts";
import { ownAddress, startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

test("no page of an instructor, and none in Spanish, breaks a rule of WCAG 2.2 AA that axe knows", async ({
  browser,
  page: admin,
}) => {
  test.setTimeout(JUDGED_WITHIN_MS);
  const product = await startProduct({ host: ownAddress() });
  const { url } = product;
  try {
    const { board, code } = await makeClass(admin, product);
    const student = await joined(browser, url, code);
    await open(student, url + CHAPTER);
    await askForHelp(student);
    await inSpanish(student, url);

    await open(admin, `${url}/instructors`, "Instructors");
    await judged(admin, "instructors");
    await open(admin, `${url}/classes/new`, "Make a class");
    await judged(admin, "new class");
    await open(admin, `${url}${COURSE}/notes`, "Instructor notes");
    await judged(admin, "instructor notes");
    await open(admin, `${url}/classes`, "Classes");
    await judged(admin, "classes");
    await open(admin, board, "Dodoma");
    await expect(admin.getByRole("rowheader", { name: /Asha/ })).toBeVisible();
    await judged(admin, "class board with a request for help");
    await admin.getByRole("link", { name: "Asha", exact: true }).first().click();
    await expect(admin.getByRole("heading", { name: "Asha", exact: true })).toBeVisible();
    await judged(admin, "a student's page");
  } finally {
    await product.close();
  }
});

/** The pages of a student once more, as read in Spanish: other lengths of words, and parts in another language. */
async function inSpanish(page: Page, url: string): Promise<void> {
  await open(page, `${url}/`);
  await page.getByRole("button", { name: "Español" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "es");
  const pages = {
    "/": "aprender haciendo",
    "/return": "Seguir en otro dispositivo",
    "/account": "Qué han hecho otros aquí",
    "/receipts": "Recibos",
    [`${COURSE}/record`]: "Certificado del curso",
    [`${COURSE}/glossary`]: "Términos y comandos",
    [`${COURSE}/no-such-chapter`]: "Esa página no existe",
    // Its text is in English, and it says so.
    [`${COURSE}/quorum`]: "Quorum",
  };
  for (const [path, heading] of Object.entries(pages)) {
    await open(page, url + path, heading);
    for (const [width, size] of Object.entries(screens)) {
      await page.setViewportSize(size);
      await judgedOnce(page, "light", `${path} in Spanish, ${width}`);
      const over = await page.evaluate(() => (document.scrollingElement?.scrollWidth ?? 0) - window.innerWidth);
      expect.soft(over, `${path} in Spanish, ${width}: pixels that stick out`).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize(screens.wide);
  }
}
