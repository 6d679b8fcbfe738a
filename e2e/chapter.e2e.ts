import { open, run, sees } from "./terminal-page.ts";
import { CHAPTER, expect, test } from "./test.ts";

test("a chapter has its text, its steps with their state, and a tab for each node", async ({ product, page }) => {
  await page.goto(product.url + CHAPTER);
  const steps = page.getByRole("region", { name: "Steps of this chapter" });
  for (const title of ["Create the cluster on pve1", "Join pve2", "Join pve3", "See that all three agree"]) {
    await expect(steps.getByRole("link", { name: title })).toBeVisible();
  }
  for (const node of ["pve1", "pve2", "pve3"]) await expect(page.getByRole("tab", { name: node })).toBeVisible();
  // The learner's own value stands in the text and in the command.
  await expect(page.getByLabel("Command for pve1").getByText("pvecm create lab", { exact: true })).toBeVisible();
});

test("the divider is moved by the arrow keys, and its place is kept", async ({ product, page }) => {
  await page.goto(product.url + CHAPTER);
  const divider = page.getByRole("separator", { name: /Divider between text and terminals/ });
  const width = async () => (await page.locator("#text").boundingBox())?.width ?? 0;
  const before = await width();
  await divider.focus();
  for (let press = 0; press < 3; press += 1) await page.keyboard.press("ArrowRight");
  await expect.poll(width).toBeGreaterThan(before + 50);
  const moved = await width();
  await page.reload();
  await expect.poll(async () => Math.abs((await width()) - moved)).toBeLessThan(20);
});

test("the divider is where it was after the window was narrow for a while, and in the next page", async ({
  product,
  page,
}) => {
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.goto(product.url + CHAPTER);
  await expect(page.getByRole("tab", { name: /pve1/ })).toBeVisible();
  const width = async () => Math.round((await page.locator("#text").boundingBox())?.width ?? 0);
  const before = await width();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(width).toBe(390);
  await page.setViewportSize({ width: 1366, height: 768 });
  await expect.poll(width).toBe(before);
  await page.reload();
  await expect.poll(width).toBe(before);
});

test("on a phone the chapter with most steps has its check within the screen", async ({ product, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${product.url}/learn/vm-migration-and-clustering/split-brain-and-fencing#step-two-truths`);
  const check = page.getByRole("button", { name: "Check step 7" });
  await expect(check).toBeVisible();
  const { x, width } = (await check.boundingBox()) as { x: number; width: number };
  expect(x + width).toBeLessThanOrEqual(390);
});

test("beside the title of a step every step keeps its place", async ({ product, page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${product.url}/learn/vm-migration-and-clustering/split-brain-and-fencing#step-two-truths`);
  await expect(page.getByRole("button", { name: "Check step 7" })).toBeVisible();
  const list = page.getByRole("navigation", { name: "Steps", exact: true }).getByRole("list");
  expect(await list.evaluate((steps) => steps.scrollWidth - steps.clientWidth)).toBe(0);
});

test("a chapter is printed whole, whichever half a narrow screen shows", async ({ product, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(product.url + CHAPTER);
  await page.getByRole("radio", { name: "Terminal" }).check();
  const title = page.getByRole("heading", { level: 1 });
  await expect(title).toBeHidden();
  await page.emulateMedia({ media: "print" });
  await expect(title).toBeVisible();
});

for (const [width, height] of [
  [1440, 900],
  [1366, 768],
] as const) {
  test.describe(`at ${width} px`, () => {
    test.use({ viewport: { width, height } });

    test("a terminal has room for the widest lists and logs of the course, whole", async ({ product, page }) => {
      await open(page, product.url, "pve1");
      await run(page, "pvesm status");
      await sees(page, "pve1", /^Name +Type +Status +Total +Used +Available +%$/m);
      await run(page, "clear; tput cols");
      // As long as `migration active, transferred 110.0 MiB of 528.8 MiB VM-state, 110.0 MiB/s` with its date.
      await sees(page, "pve1", /^(9[4-9]|1\d\d)$/m);
      // And the screen has the columns that the shell was told of.
      await run(page, "clear; printf '%094d\\n' 7");
      await sees(page, "pve1", /^0{93}7$/m);
    });
  });
}

test("from the top of a chapter the keyboard reaches steps, text, divider and terminals", async ({ product, page }) => {
  await page.goto(product.url + CHAPTER);
  await expect(page.getByRole("tab", { name: /pve1/ })).toBeVisible();
  const reached = new Set<string>();
  for (let press = 0; press < 120; press += 1) {
    await page.keyboard.press("Tab");
    const what = await page.evaluate(() => {
      const active = document.activeElement;
      if (active === null) return "";
      return `${active.getAttribute("role") ?? active.tagName} ${active.getAttribute("aria-label") ?? active.textContent}`;
    });
    reached.add(what);
    if (what.startsWith("tab ")) break;
  }
  const list = [...reached].join("\n");
  expect(list).toContain("Step 1, Create the cluster on pve1");
  expect(list).toContain("Run in pve1");
  expect(list).toContain("separator Divider");
  expect(list).toMatch(/^tab pve1/m);
});

test("the Tab key offers text and terminals first, and a question gives the focus back", async ({ product, page }) => {
  await page.goto(product.url + CHAPTER);
  await expect(page.getByRole("tab", { name: /pve1/ })).toBeVisible();
  // Back from what comes after them: a page that goes on where it was left begins further down.
  await page.getByRole("link", { name: "Quorate" }).focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await expect(page.getByRole("button", { name: "To the text" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "To the terminals" })).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("tab", { name: /pve1/ })).toBeFocused();

  const prepare = page.getByRole("button", { name: "Prepare the lab for this chapter" });
  if (!(await prepare.isVisible())) await page.getByRole("button", { name: "Set up or go back" }).click();
  await prepare.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alertdialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(prepare).toBeFocused();
});

test("a command is copied without a secure context", async ({ product, page }) => {
  await page.goto(product.url + CHAPTER);
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  const command = page.getByLabel("Command for pve1").filter({ hasText: "pvecm create" });
  await command.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByText("Copied")).toBeVisible();
  const sheet = page.locator("textarea[data-sheet]");
  await page.evaluate(() => {
    const area = document.createElement("textarea");
    area.dataset.sheet = "";
    document.body.append(area);
  });
  await sheet.focus();
  await page.keyboard.press("Control+v");
  await expect(sheet).toHaveValue("pvecm create lab");
});

test("hints open level by level, and stay known after a reload", async ({ ownProduct, page }) => {
  await page.goto(ownProduct.url + CHAPTER);
  const step = page.getByRole("region", { name: "Join pve2" });
  await expect(step.getByRole("button", { name: "Hint 2" })).toBeHidden();
  const stored = page.waitForResponse((response) => response.url().endsWith("/api/hints"));
  await step.getByRole("button", { name: "Hint 1" }).click();
  expect((await stored).status()).toBe(204);
  await expect(step.getByText("the prompt tells you", { exact: false })).toBeVisible();
  await page.reload();
  await expect(step.getByRole("button", { name: "Hint 2" })).toBeVisible();
  await expect(step.getByText("opened before")).toBeVisible();
});

test.describe("on a narrow screen", () => {
  test.use({ viewport: { width: 360, height: 780 } });

  test("text and terminal are two views, and nothing is wider than the screen", async ({ product, page }) => {
    await page.goto(product.url + CHAPTER);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("tab", { name: /pve1/ })).toBeHidden();
    expect(await overflow()).toBe(0);
    await page.getByRole("radio", { name: "Terminal" }).click();
    await expect(page.getByRole("tab", { name: /pve1/ })).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toBeHidden();
    expect(await overflow()).toBe(0);
    await page.goto(product.url);
    expect(await overflow()).toBe(0);
  });

  test("what cannot be fetched without a connection says so, and comes with it", async ({ product, page, context }) => {
    await page.goto(product.url + CHAPTER);
    // The page is alive when it follows a press.
    await page.getByRole("button", { name: "Set up or go back" }).click();
    await expect(page.getByRole("button", { name: "Prepare the lab for this chapter" })).toBeVisible();
    await context.setOffline(true);
    await page.getByRole("radio", { name: "Terminal" }).click();
    await expect(page.getByText("The terminals could not be loaded")).toBeVisible();
    await page.getByRole("button", { name: "Search the course" }).click();
    await expect(page.getByText("the search is not here yet")).toBeVisible();
    await page.getByRole("radio", { name: "Text" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await context.setOffline(false);
    await page.getByRole("radio", { name: "Terminal" }).click();
    await expect(page.getByRole("tab", { name: /pve1/ })).toBeVisible();
  });
});

test("a word of the trade shows its card to mouse and keyboard, inside the window", async ({ product, page }) => {
  await page.goto(`${product.url}/learn/vm-migration-and-clustering/cold-and-live`);
  const word = page.getByRole("button", { name: "precopy", exact: true }).first();
  const card = page.getByRole("dialog", { name: "Precopy" });
  await word.hover();
  await expect(card).toBeVisible();
  const box = await card.boundingBox();
  expect(box && box.x >= 0 && box.x + box.width <= 1280).toBe(true);
  await page.mouse.move(2, 2);
  await expect(card).toBeHidden();
  await word.press("Enter");
  await expect(card).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(card).toBeHidden();
  await expect(word).toBeFocused();
});

test("a chapter read in Spanish has its page, its verdicts and its terminals in Spanish, and goes back", async ({
  product,
  page,
}) => {
  await page.goto(`${product.url}/learn/vm-migration-and-clustering/your-lab`);
  await page.getByRole("button", { name: "Español" }).click();
  await page.getByRole("button", { name: "Comprobar todos los pasos" }).click();
  const check = page.locator("[data-check][data-state-is=not-yet]").first();
  // The nodes are asked so often in a minute, and other pages have just asked them: a press may wait for its turn.
  await expect(check).toContainText("Todavía no", { timeout: 45_000 });
  await expect(check).toContainText("Esperado");
  await expect(page.getByRole("region", { name: "Imagen del laboratorio" })).toContainText("Qué pasó");
  await expect(page.getByRole("button", { name: "Menú de la terminal" })).toBeVisible();
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("button", { name: "Check all steps" })).toBeVisible();
  await expect(check).toContainText("Not yet");
});
