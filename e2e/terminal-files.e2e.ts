/** Files between the browser and a node: dropped onto a terminal, picked, looked for, downloaded; and what is said when it fails. */
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { CHAPTER, expect, test } from "./test.ts";

test("files dropped onto a terminal are on its node, and one that is there is asked about", async ({
  product,
  page,
}) => {
  await open(page, product.url, "pve1");
  await drop(page, "pve1", "dropped.txt", "from this computer\n");
  const transfers = page.getByRole("region", { name: "File transfers" });
  await expect(transfers.getByText("Uploaded.")).toBeVisible();
  await run(page, "cat dropped.txt");
  await sees(page, "pve1", "\nfrom this computer");
  await transfers.getByRole("button", { name: "Dismiss dropped.txt" }).click();
  await expect(transfers).toBeHidden();
  await drop(page, "pve1", "dropped.txt", "another text\n");
  await expect(transfers.getByText("exists already")).toBeVisible();
  await transfers.getByRole("button", { name: "Replace it" }).click();
  await expect(transfers.getByText("Uploaded.")).toBeVisible();
  await focus(page, "pve1");
  await run(page, "cat dropped.txt");
  await sees(page, "pve1", "\nanother text");
});

test("with the keyboard alone: a picked file goes up, a folder is looked into, a file comes down", async ({
  product,
  page,
}) => {
  await open(page, product.url, "pve2");
  await run(page, "mkdir -p work && echo made on the node > work/note.txt && echo done");
  await sees(page, "pve2", "\ndone");
  await page.getByRole("button", { name: "Terminal menu" }).press("Enter");
  await page.getByRole("menuitem", { name: "Files…" }).press("Enter");
  const files = page.getByRole("dialog", { name: "Files of pve2" });
  await files.getByRole("button", { name: /^work\// }).press("Enter");
  await expect(files.getByLabel("Folder")).toHaveValue(/\/work$/);
  await page.getByLabel("Files to upload to pve2").setInputFiles({
    ...{ name: "picked.txt", mimeType: "text/plain" },
    buffer: Buffer.from("picked\n"),
  });
  const transfers = page.locator('section[aria-label="File transfers"]');
  await expect(transfers.getByText("Uploaded.")).toBeVisible();
  const download = page.waitForEvent("download");
  await files.getByRole("button", { name: /^note\.txt/ }).press("Enter");
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("note.txt");
  expect(await readFile(await saved.path(), "utf8")).toBe("made on the node\n");
  await files.getByLabel("Folder").fill("/nowhere/at/all");
  await files.getByLabel("Folder").press("Enter");
  await expect(files.getByRole("alert")).toContainText("/nowhere/at/all");
  await page.screenshot({ path: "test-results/terminal-files.png" });
  await page.keyboard.press("Escape");
  await focus(page, "pve2");
  await run(page, "cat work/picked.txt");
  await sees(page, "pve2", "\npicked");
});

async function open(page: Page, url: string, node: string): Promise<void> {
  await page.goto(url + CHAPTER);
  await page.getByRole("tab", { name: node }).click();
  await sees(page, node, "#");
  await focus(page, node);
}

async function drop(page: Page, node: string, name: string, text: string): Promise<void> {
  await page.getByTestId(`terminal-${node}`).evaluate(
    (element, file) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([file.text], file.name));
      for (const type of ["dragover", "drop"]) {
        element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      }
    },
    { name, text },
  );
}

async function focus(page: Page, node: string): Promise<void> {
  await page.getByRole("textbox", { name: new RegExp(`Terminal of ${node}`) }).focus();
}

async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.type(command);
  await page.keyboard.press("Enter");
}

async function sees(page: Page, node: string, text: string): Promise<void> {
  const rows = page.getByTestId(`terminal-${node}`).locator(".xterm-rows > div");
  const lines = async () =>
    (await rows.allTextContents()).map((row) => row.replace(/\u00a0/g, " ").trimEnd()).join("\n");
  await expect.poll(lines, { timeout: 30_000 }).toContain(text);
}
