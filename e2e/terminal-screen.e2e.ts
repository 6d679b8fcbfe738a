/** What the screen of a terminal has to bear: two devices, pastes, the other mouse button, a lost graphics context, a closed lid. */
import { existsSync } from "node:fs";
import { chromium, type Page } from "@playwright/test";
import { focus, lines, open, paste, run, screen, sees } from "./terminal-page.ts";
import { CHAPTER, expect, test } from "./test.ts";

test("of two devices the one that typed last sets the size, and the other shows it with a frame and takes it back", async ({
  product,
  page,
  browser,
}) => {
  await open(page, product.url, "pve1");
  const context = await browser.newContext({ viewport: { width: 1000, height: 620 } });
  const small = await context.newPage();
  await open(small, product.url, "pve1");
  await run(small, "echo small $COLUMNS .");
  await sees(small, "pve1", /\nsmall \d+ \./);
  const frame = page.locator(".terminal-frame").filter({ has: page.getByTestId("terminal-pve1") });
  await expect(frame).toHaveAttribute("data-letterboxed", "");
  const status = page.getByRole("tabpanel", { name: "pve1" }).getByRole("status");
  await expect(status).toContainText("Another browser set this size; type to take it over.");
  // Line for line the same, in a frame with room around it.
  await sees(page, "pve1", /\nsmall \d+ \./);
  expect(await rowsShown(page, "pve1")).toBe(await rowsShown(small, "pve1"));
  // The notice leaves the prompt in sight.
  const prompt = screen(page, "pve1").locator("> div").filter({ hasText: "#" }).last();
  const [noticeBox, promptBox] = [await status.boundingBox(), await prompt.boundingBox()];
  if (!noticeBox || !promptBox) throw new Error("the notice or the prompt is not on the screen");
  expect(noticeBox.y > promptBox.y + promptBox.height || noticeBox.y + noticeBox.height < promptBox.y).toBe(true);
  await page.screenshot({ path: "test-results/terminal-letterboxed.png" });
  await focus(page, "pve1");
  await run(page, "echo large $COLUMNS .");
  await expect(frame).not.toHaveAttribute("data-letterboxed", "");
  await run(page, "echo larger $COLUMNS .");
  await sees(page, "pve1", /\nlarger \d+ \./);
  const said = await lines(page, "pve1");
  const columns = (word: string) => Number(new RegExp(`\n${word} (\\d+) \\.`).exec(said)?.[1]);
  expect(columns("larger")).toBeGreaterThan(columns("small"));
  await context.close();
});

test("lines pasted at a prompt wait for Enter, and are not asked about", async ({ product, page }) => {
  await open(page, product.url, "pve2");
  await paste(page, "pve2", "echo pasted-$((1+1))\necho pasted-$((2+2))");
  await sees(page, "pve2", "echo pasted-$((2+2))");
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  expect(await lines(page, "pve2")).not.toContain("\npasted-2");
  await page.keyboard.press("Enter");
  await sees(page, "pve2", "\npasted-2\npasted-4");
});

test("the right mouse button selects the word under it, which the usual keys copy", async ({ product, page }) => {
  await open(page, product.url, "pve3");
  await run(page, "echo under-the-mouse");
  await sees(page, "pve3", "\nunder-the-mouse");
  const line = screen(page, "pve3")
    .locator("> div")
    .filter({ hasText: /^under-the-mouse/ });
  const box = await line.boundingBox();
  if (!box) throw new Error("the line is not on the screen");
  await page.mouse.click(box.x + 20, box.y + box.height / 2, { button: "right" });
  await page.keyboard.press("Control+C");
  await page.keyboard.type("echo copied ");
  await page.keyboard.press("Control+V");
  await page.keyboard.press("Enter");
  await sees(page, "pve3", "\ncopied under");
});

test("Ctrl+W reaches an editor by its second way and by the menu, and the browser's own asks before it leaves", async ({
  product,
  page,
}) => {
  await open(page, product.url, "pve3");
  await run(page, "echo one two");
  await page.keyboard.type("echo three four");
  await page.keyboard.press("Control+Alt+w");
  await page.keyboard.type("five");
  await page.keyboard.press("Enter");
  await sees(page, "pve3", "\nthree five");
  await page.keyboard.type("echo six seven");
  await page.getByRole("button", { name: "Terminal menu" }).click();
  await page.getByRole("menuitem", { name: /Send Ctrl\+W/ }).click();
  await page.keyboard.type("eight");
  await page.keyboard.press("Enter");
  await sees(page, "pve3", "\nsix eight");
  await run(page, "nano /tmp/note");
  await sees(page, "pve3", "GNU nano");
  const asked = page.waitForEvent("dialog");
  await page.evaluate(() => void setTimeout(() => location.reload(), 0));
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await page.keyboard.press("Control+x");
  await run(page, "echo still here");
  await sees(page, "pve3", "\nstill here");
});

test("a printed address opens in a tab of its own", async ({ product, page }) => {
  await open(page, product.url, "pve2");
  await run(page, `echo ${product.url}/healthz`);
  await sees(page, "pve2", `\n${product.url}/healthz`);
  const box = await screen(page, "pve2").locator("> div").filter({ hasText: /^http/ }).boundingBox();
  if (!box) throw new Error("the address is not on the screen");
  const opened = page.context().waitForEvent("page");
  // xterm.js looks for a link where the mouse rests.
  await page.mouse.move(box.x + 30, box.y + box.height / 2);
  await expect(page.getByTestId("terminal-pve2").locator(".xterm-cursor-pointer")).toHaveCount(1);
  await page.mouse.click(box.x + 30, box.y + box.height / 2);
  expect((await opened).url()).toBe(`${product.url}/healthz`);
});

test("10,000 lines are kept, and the colours are the reader's choice", async ({ product, page }) => {
  await open(page, product.url, "pve2");
  await run(page, "seq 1 9900; echo that was a''ll");
  await sees(page, "pve2", "9900\nthat was all");
  await page.getByRole("button", { name: "Terminal menu" }).click();
  await page.getByRole("menuitem", { name: "Show as text" }).click();
  const transcript = page.getByRole("region", { name: "Transcript of pve2" });
  await expect(transcript).toContainText(/\n1\n2\n3\n4\n/);
  await transcript.getByRole("button", { name: "Back to the terminal" }).click();
  const background = () =>
    page
      .locator(".terminal-area")
      .first()
      .evaluate((element) => getComputedStyle(element).backgroundColor);
  const seen: string[] = [];
  for (const theme of ["Dark", "Light"]) {
    await page.getByRole("button", { name: "Terminal menu" }).click();
    await page.getByRole("menuitemradio", { name: theme }).click();
    await expect(page.locator(".terminals")).toHaveAttribute("data-theme", theme.toLowerCase());
    seen.push(await background());
    await page.screenshot({ path: `test-results/terminal-${theme.toLowerCase()}.png` });
  }
  expect(seen[0]).not.toBe(seen[1]);
  // Reversed text of the default colours is paper on ink, in the plain renderer, too.
  await focus(page, "pve2");
  await run(page, "printf '\\e[7mre''versed\\e[m\\n'");
  const reversed = page.locator(".xterm-rows span").filter({ hasText: /^reversed$/ });
  await expect(reversed).toHaveCSS("color", await background());
});

test("a screen reader has the lines as a list when that is asked for, and new ones are announced", async ({
  product,
  page,
}) => {
  await open(page, product.url, "pve2");
  const panel = page.getByRole("tabpanel", { name: "pve2" });
  await expect(panel.locator(".xterm-accessibility-tree")).toHaveCount(0);
  await page.getByRole("button", { name: "Terminal menu" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Screen-reader mode" }).click();
  await page.keyboard.press("Escape");
  await focus(page, "pve2");
  await run(page, "echo read a''loud");
  const list = panel.getByRole("list").filter({ has: page.getByRole("listitem") });
  await expect(list.getByRole("listitem").filter({ hasText: /^read aloud/ })).toHaveCount(1);
  await expect(panel.locator('.live-region[aria-live="assertive"]')).toContainText("read aloud");
});

test("a page whose lid was closed has what was printed meanwhile, and what is typed then", async ({
  product,
  page,
}) => {
  await open(page, product.url, "pve1");
  const other = await page.context().newPage();
  await open(other, product.url, "pve1");
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await run(other, "seq 1 3000; echo while the lid was clo''sed");
  await sees(other, "pve1", "\nwhile the lid was closed");
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await page.bringToFront();
  await sees(page, "pve1", "2999\n3000\nwhile the lid was closed");
  await focus(page, "pve1");
  await run(page, "echo and af''ter");
  await sees(other, "pve1", "\nand after");
});

test("a terminal that loses its graphics context is drawn without, and goes on", async ({ product }) => {
  const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
  const browser = await chromium.launch({
    ...(installed && { executablePath: installed }),
    args: ["--no-sandbox", "--disable-background-networking", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    // Software that says it is a card: where this runs there is none.
    await page.addInitScript(() => {
      const own = WebGL2RenderingContext.prototype.getParameter;
      WebGL2RenderingContext.prototype.getParameter = function (what: number) {
        return what === 0x9246 ? "A card" : own.call(this, what);
      };
    });
    await page.goto(product.url + CHAPTER);
    await page.getByRole("tab", { name: "pve1" }).click();
    const mount = page.getByTestId("terminal-pve1");
    const canvas = mount.locator(".xterm-screen canvas:not(.xterm-link-layer)");
    await expect(canvas).toHaveCount(1);
    await focus(page, "pve1");
    await run(page, "echo drawn by the card");
    await page.screenshot({ path: "test-results/terminal-webgl.png" });
    await canvas.evaluate((element) =>
      (element as HTMLCanvasElement).getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext(),
    );
    await sees(page, "pve1", "\ndrawn by the card");
    await expect(canvas).toHaveCount(0);
    await run(page, "echo drawn with''out");
    await sees(page, "pve1", "\ndrawn without");
  } finally {
    await browser.close();
  }
});

const rowsShown = async (page: Page, node: string) => (await lines(page, node)).split("\n").length;
