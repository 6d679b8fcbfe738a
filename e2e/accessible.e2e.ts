/**
 * Every page type against the rules of WCAG 2.2 AA that a program can judge, in both themes and on a wide and a narrow
 * screen. One shared product serves all of them, as most pages exist only there.
 */
import { networkInterfaces } from "node:os";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import { startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** All that another theme can change: it has other colours, and nothing else. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
/** A lab is made, and its first shell opened. */
const LAB_MS = 120_000;
const screens = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

const COURSE = "/learn/vm-migration-and-clustering";
const address = Object.values(networkInterfaces())
  .flat()
  .find((candidate) => candidate?.family === "IPv4" && !candidate.internal)?.address;

test("no page breaks a rule of WCAG 2.2 AA that axe knows, light or dark, wide or narrow", async ({
  browser,
  page: admin,
}) => {
  test.setTimeout(900_000);
  expect(address, "this machine has no address besides loopback, so this cannot be tested here").toBeDefined();
  const product = await startProduct({ host: address as string });
  const { url } = product;
  try {
    const visitor = await newPage(browser);
    await open(visitor, `${url}/`, "You are not signed in");
    await judged(visitor, "not signed in");
    await open(visitor, `${url}/join`, "Join a class");
    await judged(visitor, "join");
    await open(visitor, `${url}/return`, "Come back");
    await judged(visitor, "return");

    const link = () => new RegExp(`${url}/api/\\S+`).exec(product.output())?.[0];
    await expect.poll(link).toBeDefined();
    await admin.goto(link() as string);
    await open(admin, `${url}/instructors`, "Instructors");
    await judged(admin, "instructors");
    await open(admin, `${url}/classes/new`, "Make a class");
    await judged(admin, "new class");
    await admin.getByLabel("Name of the class").fill("Dodoma");
    const chapters = admin.getByRole("group", { name: "Chapters" });
    for (const box of await chapters.getByRole("checkbox").all()) await box.check();
    await admin.getByRole("button", { name: "Make the class" }).click();
    await expect(admin.getByRole("heading", { name: "Dodoma" })).toBeVisible();
    const board = admin.url();
    const code = ((await admin.getByText("Joining:").locator("span").textContent()) ?? "").trim();

    const student = await newPage(browser);
    await student.goto(`${url}/join`);
    await student.getByLabel("Your name").fill("Asha");
    await student.getByLabel("Code of the class").fill(code);
    await student.getByRole("button", { name: "Join" }).click();
    await expect(student.getByRole("region", { name: "Your return code" })).toBeVisible();
    await judged(student, "joined, with a return code");

    await open(student, url + CHAPTER);
    const screen = student.getByRole("tabpanel", { name: /pve1/ });
    await expect(screen.locator(".xterm-rows")).toContainText("root@pve1", { timeout: LAB_MS });
    await student.getByRole("button", { name: "Check this step" }).first().click();
    await expect(student.getByText("Not yet").first()).toBeVisible();
    await student.getByRole("button", { name: "Ask for help" }).click();
    await student.getByRole("dialog").getByRole("button", { name: "Ask for help" }).click();
    await expect(student.getByText("You are next.")).toBeVisible();
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

    await inSpanish(student, url);

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

async function judged(page: Page, name: string): Promise<void> {
  for (const [width, size] of Object.entries(screens)) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) await judgedOnce(page, colorScheme, `${name}, ${width}`);
  }
  await page.setViewportSize(screens.wide);
}

/** All pages are judged before the test fails, so that one run shows everything. */
async function judgedOnce(page: Page, colorScheme: "light" | "dark", name: string): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  // The other way opens a blank page each time, for the sake of frames, of which no page has any.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (colorScheme === "light" ? axe.withTags(RULES) : axe.withRules(COLOUR_RULES)).analyze();
  const broken = violations.map(({ id, nodes }) => ({
    rule: id,
    where: nodes.map(({ html, failureSummary }) => [html.slice(0, 200), failureSummary]),
  }));
  expect.soft(broken, `${name}, ${colorScheme}`).toEqual([]);
}

async function open(page: Page, url: string, heading?: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByRole("heading", { level: 1, ...(heading && { name: heading }) })).toBeVisible();
}

async function newPage(browser: Browser): Promise<Page> {
  return (await browser.newContext({ viewport: screens.wide })).newPage();
}
