/**
 * A class on real nodes, in the browser: an inventory whose nodes answer SSH and the API on loopback ports, which is all
 * that the product knows of them. Who stands behind the ports (a simulated lab in a process of its own) it cannot tell.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import type { LabDescription } from "../labs/lab-description.ts";
import { startLabProcess } from "../tools/lab-process.ts";
import { ownAddress, signInAdministrator, startProduct } from "./product.ts";
import { CHAPTER, expect, test } from "./test.ts";

const WORK_MS = 120_000;

/** As an instructor would write it; `{file}` is where the power command leaves a note. */
function inventoryOf(lab: LabDescription, file: string): string {
  const nodes = lab.nodes.map(({ name, ssh, api }) => {
    const apiPort = new URL(api.url).port;
    const web = name === "pve1" ? "https://pve1.example:8006" : "none";
    return `      - { name: ${name}, ssh: { host: 127.0.0.1, port: ${ssh.port}, password: "${ssh.password}" }, api: { host: 127.0.0.1, port: ${apiPort} }, web: "${web}" }`;
  });
  return `inventory: bench
seats:
  - names: [s1, s2]
    nodes:
${nodes.join("\n")}
commands:
  power:
    on: { run: "echo on {node} >> ${file}; echo {node} is being switched on", timeoutSeconds: 10 }
    off: { run: "echo off {node} >> ${file}; echo {node} with password ${lab.nodes[0]!.ssh.password} is off", timeoutSeconds: 10 }
`;
}

test("a student works on the nodes of an inventory, and the page says what they cannot do", async ({
  browser,
  page,
}) => {
  test.setTimeout(600_000);
  const folder = await mkdtemp(join(tmpdir(), "qreal-"));
  const notes = join(folder, "power.txt");
  await writeFile(notes, "");
  const lab = await startLabProcess({ nodes: 3, seed: "real" });
  const product = await startProduct({ host: ownAddress() });
  try {
    await signInAdministrator(page, product);
    const yaml = inventoryOf(lab.description, notes);
    // Two seats with the same doors are a mistake, and told as one.
    await importInventory(page, product.url, yaml);
    await expect(page.getByRole("alert").filter({ hasText: "have the SSH address" })).toBeVisible();
    await importInventory(page, product.url, yaml.replace("[s1, s2]", "[s1]"));
    const bench = page.getByRole("region", { name: "bench" });
    await expect(bench.getByText("1 seat, 3 nodes, 0 taken")).toBeVisible();
    await bench.getByRole("button", { name: "Examine, and trust new host keys" }).click();
    const found = bench.getByRole("list", { name: "What the doctor found" });
    await expect(found.getByText("s1 / pve3")).toBeVisible({ timeout: 60_000 });
    await expect(found.getByText("wrong:")).toHaveCount(0);

    await page.goto(`${product.url}/classes/new`);
    await page.getByLabel("Name of the class").fill("Bench");
    for (const box of await page.getByRole("group", { name: "Chapters" }).getByRole("checkbox").all())
      await box.check();
    await page.getByRole("combobox", { name: "Nodes", exact: true }).selectOption("bench");
    await page.getByRole("button", { name: "Make the class" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Bench" })).toBeVisible();
    const classPage = page.url();
    const code = ((await page.getByText("Joining:").locator("span").textContent()) ?? "").trim();

    const student = await (await browser.newContext()).newPage();
    await student.goto(`${product.url}/join`);
    await student.getByLabel("Your name").fill("Ada");
    await student.getByLabel("Code of the class").fill(code);
    await student.getByRole("button", { name: "Join" }).click();
    await expect(student.getByRole("region", { name: "Your return code" })).toBeVisible();
    await student.goto(product.url + CHAPTER);
    const web = student.getByRole("link", { name: "pve1 (opens in a new tab)" });
    await expect(web).toHaveAttribute("href", "https://pve1.example:8006");
    const screen = student.getByRole("tabpanel", { name: /pve1/ });
    await expect(screen.locator(".xterm-rows")).toContainText("root@pve1", { timeout: WORK_MS });
    // Nobody made a stage command: the beginning is made by hand.
    const byHand = student.getByRole("region", { name: "By hand on these nodes" });
    await byHand.getByText("Beginning:").click();
    await expect(byHand.getByText("Roll the nodes back to their snapshots")).toBeVisible();
    await screen.getByRole("textbox").focus();
    await student.keyboard.type("pvecm create lab-s1\n");
    const passed = student.getByRole("listitem").filter({ hasText: "Create the cluster on pve1" }).getByText("Passed");
    await expect(passed.first()).toBeVisible({ timeout: WORK_MS });
    await student.screenshot({ path: "test-results/real-nodes-chapter.png" });

    // A plug that the inventory knows how to pull: what its command printed is shown, without the node's password.
    await student.goto(product.url + CHAPTER.replace("create-a-cluster", "your-lab"));
    await student
      .getByRole("button", { name: /Pull the plug of/ })
      .first()
      .click();
    await expect(student.getByText(/with password \(hidden\) is off/)).toBeVisible({ timeout: 30_000 });
    expect(await readFile(notes, "utf8")).toMatch(/^off pve\d\n$/);
    // Cables have no command.
    await student.goto(product.url + CHAPTER.replace("create-a-cluster", "the-network-under-it"));
    await expect(
      student.getByRole("region", { name: "By hand on these nodes" }).getByText("Cutting and mending a cable"),
    ).toBeVisible();
    await student.getByText("Cutting and mending a cable").click();
    await student.screenshot({ path: "test-results/real-nodes-by-hand.png" });

    await page.goto(classPage);
    const seat = page.getByLabel("Whose s1 is");
    await expect(seat.locator("option:checked")).toHaveText("Ada");
    await page.getByRole("button", { name: "Judge again" }).click();
    await expect(page.getByRole("list", { name: "Judged again" }).getByText("nothing changes")).toBeVisible({
      timeout: WORK_MS,
    });
    await page.screenshot({ path: "test-results/real-nodes-class.png", fullPage: true });
    await seat.selectOption("free");
    await expect(seat.locator("option:checked")).toHaveText("free");
    await page.goto(`${product.url}/inventories`);
    await expect(page.getByRole("region", { name: "bench" }).getByText("1 seat, 3 nodes, 0 taken")).toBeVisible();

    await student.goto(`${product.url}/receipts`);
    const receipt = student.getByRole("article", { name: "Create the cluster on pve1" });
    await expect(receipt.getByText("real nodes")).toBeVisible();
    await expect(receipt.getByText(/Judged again .* by .*passed\./)).toBeVisible();
    const href = await receipt.getByRole("link", { name: /Everything that was judged/ }).getAttribute("href");
    const judged = await student.request.get(new URL(`${href}`, product.url).href);
    // Somebody else's is nobody's to ask for, not even for who runs the server.
    expect((await page.request.get(new URL(`${href}`, product.url).href)).status()).toBe(404);
    expect(await judged.text()).toContain('"format": "quorate-judgement/1"');
    expect(await judged.text()).not.toContain(lab.description.nodes[0]!.ssh.password!);
    await student.screenshot({ path: "test-results/real-nodes-receipt.png", fullPage: true });
  } finally {
    await product.close();
    await lab.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

async function importInventory(page: Page, url: string, yaml: string): Promise<void> {
  await page.goto(`${url}/inventories`);
  await page.getByLabel("YAML").fill(yaml);
  await page.getByRole("button", { name: "Import" }).click();
}
