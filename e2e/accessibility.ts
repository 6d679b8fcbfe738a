/**
 * A page against the rules of WCAG 2.2 AA that a program can judge, in both themes and on a wide and a narrow screen, and
 * a class to have pages of.
 */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import { expect } from "@playwright/test";
import { type Product, signInAdministrator } from "./product.ts";

/** Most pages exist only where several people are served, and there are many of them. */
export const JUDGED_WITHIN_MS = 900_000;
export const COURSE = "/learn/vm-migration-and-clustering";
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** All that another theme can change: it has other colours, and nothing else. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
export const screens = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

/** With every chapter, by an administrator who signs in for it. @returns the address of its board, and its code */
export async function makeClass(admin: Page, product: Product): Promise<{ board: string; code: string }> {
  await signInAdministrator(admin, product);
  await open(admin, `${product.url}/classes/new`, "Make a class");
  await admin.getByLabel("Name of the class").fill("Dodoma");
  const chapters = admin.getByRole("group", { name: "Chapters" });
  for (const box of await chapters.getByRole("checkbox").all()) await box.check();
  await admin.getByRole("button", { name: "Make the class" }).click();
  await expect(admin.getByRole("heading", { name: "Dodoma" })).toBeVisible();
  const code = ((await admin.getByText("Joining:").locator("span").textContent()) ?? "").trim();
  return { board: admin.url(), code };
}

/** A student who has joined and sees their return code. */
export async function joined(browser: Browser, url: string, code: string): Promise<Page> {
  const student = await newPage(browser);
  await student.goto(`${url}/join`);
  await student.getByLabel("Your name").fill("Asha");
  await student.getByLabel("Code of the class").fill(code);
  await student.getByRole("button", { name: "Join" }).click();
  await expect(student.getByRole("region", { name: "Your return code" })).toBeVisible();
  return student;
}

export async function askForHelp(student: Page): Promise<void> {
  await student.getByRole("button", { name: "Ask for help" }).click();
  await student.getByRole("dialog").getByRole("button", { name: "Ask for help" }).click();
  await expect(student.getByText("You are next.")).toBeVisible();
}

export async function judged(page: Page, name: string): Promise<void> {
  for (const [width, size] of Object.entries(screens)) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) await judgedOnce(page, colorScheme, `${name}, ${width}`);
  }
  await page.setViewportSize(screens.wide);
}

/** All pages are judged before the test fails, so that one run shows everything. */
export async function judgedOnce(page: Page, colorScheme: "light" | "dark", name: string): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  // The other way opens a blank page each time, for the sake of frames, of which no page has any.
  // Only what breaks a rule is told in full: half the time.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  const { violations } = await (colorScheme === "light" ? axe.withTags(RULES) : axe.withRules(COLOUR_RULES)).analyze();
  const broken = violations.map(({ id, nodes }) => ({
    rule: id,
    where: nodes.map(({ html, failureSummary }) => [html.slice(0, 200), failureSummary]),
  }));
  expect.soft(broken, `${name}, ${colorScheme}`).toEqual([]);
}

export async function open(page: Page, url: string, heading?: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByRole("heading", { level: 1, ...(heading && { name: heading }) })).toBeVisible();
}

export async function newPage(browser: Browser): Promise<Page> {
  return (await browser.newContext({ viewport: screens.wide })).newPage();
}
