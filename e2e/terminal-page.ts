/** A chapter's terminals as a learner uses them: open one, type, paste, read what stands on the screen. */
import { expect, type Locator, type Page } from "@playwright/test";
import { CHAPTER } from "./test.ts";

/** The chapter with this node's terminal in front, at its prompt and with the focus. */
export async function open(page: Page, url: string, node: string): Promise<void> {
  await page.goto(url + CHAPTER);
  await page.getByRole("tab", { name: node }).click();
  await sees(page, node, "#");
  await focus(page, node);
}

export async function focus(page: Page, node: string): Promise<void> {
  await page.getByRole("textbox", { name: new RegExp(`Terminal of ${node}`) }).focus();
}

export async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.type(command);
  await page.keyboard.press("Enter");
}

/** As the browser does it for its paste keys. */
export async function paste(page: Page, node: string, text: string): Promise<void> {
  await page.getByRole("textbox", { name: new RegExp(`Terminal of ${node}`) }).evaluate((element, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

export function screen(page: Page, node: string): Locator {
  return page.getByTestId(`terminal-${node}`).locator(".xterm-rows");
}

/** Lines as they stand on the screen. */
export async function lines(page: Page, node: string): Promise<string> {
  const shown = await screen(page, node).locator("> div").allTextContents();
  return shown.map((row) => row.replace(/\u00a0/g, " ").trimEnd()).join("\n");
}

export async function sees(page: Page, node: string, text: string | RegExp): Promise<void> {
  const shown = expect.poll(() => lines(page, node), { timeout: 30_000 });
  if (typeof text === "string") await shown.toContain(text);
  else await shown.toMatch(text);
}
