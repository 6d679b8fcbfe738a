import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NO_KEY } from "../ssh-client.ts";
import { EXAMPLE_INVENTORY } from "./example-inventory.ts";
import { expandInventory } from "./expand-inventory.ts";
import { runInventoryCommand } from "./inventory-commands.ts";
import { InventoryProblems, readInventoryFile } from "./inventory-file.ts";
import { describeNode } from "./inventory-labs.ts";
import { seal, unseal } from "./seal.ts";

const expanded = (text: string) => expandInventory(readInventoryFile(text));
function problemsOf(text: string): readonly string[] {
  try {
    expanded(text);
  } catch (error) {
    if (error instanceof InventoryProblems) return error.problems;
    throw error;
  }
  return [];
}

describe("an inventory", () => {
  it("is explained with the example that the page for an import shows", () => {
    const explained = readFileSync(new URL("../../docs/inventory.md", import.meta.url), "utf8");
    expect(explained).toContain(EXAMPLE_INVENTORY);
  });

  it("describes eight groups in ten lines", () => {
    const { seats, probe } = expanded(EXAMPLE_INVENTORY);
    expect(seats).toHaveLength(8);
    expect(seats[2]!.name).toBe("group 3");
    expect(seats[2]!.nodes[1]).toMatchObject({
      name: "pve2",
      address: "100.64.0.32",
      ssh: { host: "100.64.0.32", port: 22, user: "root", password: "student-3", hostKeySha256: NO_KEY },
      api: { host: "127.0.0.1", port: 8006, throughSsh: true, user: "root@pam", password: "student-3" },
    });
    expect(seats[2]!.nodes[1]!.web).toBeUndefined();
    expect(probe).toBe(true);
  });

  it("takes names, jump hosts, tokens and a CA", () => {
    const { seats } = expanded(`inventory: lab-room
jumpHosts:
  gate: { host: gate.example, port: 2222, user: jump, password: x, hostKey: "SHA256:${"B".repeat(43)}" }
seats:
  - names: [ana, ben]
    nodes:
      - name: pve1
        ssh: { host: "{seat}.example", privateKey: KEY, hostKey: "SHA256:${"C".repeat(43)}", jump: gate }
        api: { token: "grader@pve!q=11111111-2222-3333-4444-555555555555", certificate: { ca: PEM } }
`);
    const node = seats[1]!.nodes[0]!;
    expect(node.ssh).toMatchObject({ host: "ben.example", via: [{ host: "gate.example", port: 2222, user: "jump" }] });
    expect(node.api).toMatchObject({ user: "grader@pve", caPem: "PEM", throughSsh: false });
    expect(node.web).toBe("https://ben.example:8006");
    expect(describeNode(node, undefined).api).not.toHaveProperty("password");
  });

  it("names every wrong place, with its line", () => {
    expect(problemsOf("inventory: X\nseats:\n  - groups: one\n    nodes: []\n")).toEqual([
      expect.stringMatching(/^line 1, inventory: is a short name/),
      expect.stringMatching(/^line 3, seats\.0\.groups: is a range such as 1-8/),
      expect.stringMatching(/^line 4, seats\.0\.nodes: /),
    ]);
    expect(problemsOf("inventory: x\nseats: [{ names: [a], nodes: [{ name: n, sss: 1 }] }]")[0]).toMatch(/sss/);
    expect(problemsOf("inventory: [")[0]).toBeDefined();
  });

  it("refuses nodes that nobody can log in to, unknown jump hosts, doubles and patterns without a number", () => {
    const seat = (node: string) => `inventory: x\nseats:\n  - groups: 1-2\n    nodes: [${node}]\n`;
    expect(problemsOf(seat('{ name: p, ssh: { host: "h{group}" } }'))[0]).toMatch(/needs a password or a privateKey/);
    expect(problemsOf(seat("{ name: p, ssh: { host: h, password: x } }"))).toEqual([
      "two nodes have the SSH address h:22",
    ]);
    expect(problemsOf(seat('{ name: p, ssh: { host: "h{group}", password: x, jump: g } }'))[0]).toMatch(
      /no jump host g/,
    );
    expect(problemsOf(seat('{ name: "p{n}", ssh: { host: "h{group}", password: x } }'))[0]).toMatch(/\{n\}/);
  });

  it("says of each wrong place what belongs there, where it is missing the line around it", () => {
    const wrong = `inventory: x
defaults:
  ssh: { password: 12345, hostKey: abc }
  api: { user: root, certificate: { fingerprint: "AA:BB" } }
seats:
  - groups: 8-1
    nodes:
      - { name: "pve{n}.example.org", n: 3, ssh: { hots: h, host: "[::1]" } }
      - { n: 1-2 }
`;
    expect(problemsOf(wrong)).toEqual([
      "line 3, defaults.ssh.password: must be text: write it in quotes",
      expect.stringMatching(/^line 3, defaults.ssh.hostKey: is what ssh-keygen -lf prints/),
      "line 4, defaults.api.user: is USER@REALM, such as root@pam",
      "line 4, defaults.api.certificate.fingerprint: is 32 pairs with colons, as Proxmox shows it",
      "line 6, seats.0.groups: begins with the smaller number",
      "line 8, seats.0.nodes.0.name: is what the node calls itself, without a domain",
      expect.stringMatching(/^line 8, seats.0.nodes.0.n: /),
      "line 8, seats.0.nodes.0.ssh.host: is not an address or a name (IPv6 without brackets)",
      "line 8, seats.0.nodes.0.ssh: there is no hots here",
      "line 9, seats.0.nodes.1.name: is missing",
    ]);
    expect(problemsOf("inventory: x\nseats:\n  - groups: 1-2\n   nodes: {a\n")[0]).toMatch(/ at line 4, column \d+$/);
  });

  it("lets each group have a jump host of its own, with the same addresses behind them", () => {
    const key = `hostKey: "SHA256:${"B".repeat(43)}"`;
    const { seats } = expanded(`inventory: x
defaults: { ssh: { password: p, jump: "gate{group}" } }
jumpHosts:
  gate1: { host: g1.example, password: x, ${key} }
  gate2: { host: g2.example, password: x, ${key} }
seats:
  - groups: 1-2
    nodes: [{ name: pve1, ssh: { host: "fd00::11" }, api: { through: ssh } }]
`);
    expect(seats.map(({ nodes }) => nodes[0]!.ssh.via?.map(({ host }) => host))).toEqual([
      ["g1.example"],
      ["g2.example"],
    ]);
  });

  it("takes braces in a password as they are meant, and never shows it", () => {
    const one = (password: string) =>
      `inventory: x\nseats: [{ names: [a], nodes: [{ name: p, ssh: { host: h, password: '${password}' } }] }]`;
    const passwordOf = (password: string) => expanded(one(password)).seats[0]!.nodes[0]!.ssh.password;
    expect(passwordOf("{{n}}-{x}-{seat}")).toBe("{n}-{x}-a");
    expect(problemsOf(one("sesame-{n}"))).toEqual([
      "a, p, its password: nothing is known about {n} here; {{n}} writes the braces themselves",
    ]);
  });

  it("opens no node whose host key nobody has trusted", () => {
    const node = expanded(EXAMPLE_INVENTORY).seats[0]!.nodes[0]!;
    expect(() => describeNode(node, undefined)).toThrow(/Nobody has trusted the host key of pve1/);
    const key = `SHA256:${"D".repeat(43)}`;
    expect(describeNode(node, { hostKeySha256: key }).ssh.hostKeySha256).toBe(key);
  });
});

describe("sealed secrets", () => {
  it("are read with their key alone, and not when somebody changed them", () => {
    const sealed = seal({ password: "sesame" }, "key one");
    expect(sealed).not.toContain("sesame");
    expect(unseal(sealed, "key one")).toEqual({ password: "sesame" });
    expect(() => unseal(sealed, "key two")).toThrow(/secrets\/inventory-key/);
    expect(() => unseal(`${sealed.slice(0, -2)}AA`, "key one")).toThrow();
    expect(seal({ password: "sesame" }, "key one")).not.toBe(sealed);
  });
});

describe("a command of the instructor's side", () => {
  const values = { node: "pve1", host: "10.0.0.1", seat: "group 1" };
  it("gets the node's values, and gives what it printed", async () => {
    expect(await runInventoryCommand("Asking", { run: "echo {node} at {host}", timeoutSeconds: 5 }, values)).toBe(
      "pve1 at 10.0.0.1",
    );
  });
  it("that fails says so with its output, and one that hangs is ended", async () => {
    await expect(
      runInventoryCommand("Switching", { run: "echo no such domain >&2; exit 3", timeoutSeconds: 5 }, values),
    ).rejects.toThrow(/Switching failed with status 3. It printed:\nno such domain/);
    await expect(runInventoryCommand("Waiting", { run: "sleep 60", timeoutSeconds: 1 }, values)).rejects.toThrow(
      /not done within 1 s/,
    );
  });
  it("prints no secret of the nodes, whether it works or fails", async () => {
    const line = { run: "echo key sesame-7", timeoutSeconds: 5 };
    expect(await runInventoryCommand("Asking", line, values, ["sesame-7"])).toBe("key (hidden)");
    const failing = { run: "echo key sesame-7; exit 1", timeoutSeconds: 5 };
    await expect(runInventoryCommand("Asking", failing, values, ["sesame-7"])).rejects.toThrow(/key \(hidden\)/);
  });
  it("never carries a value that a shell would read", async () => {
    const evil = { ...values, node: "pve1; rm -rf x" };
    await expect(runInventoryCommand("Switching", { run: "echo {node}", timeoutSeconds: 5 }, evil)).rejects.toThrow(
      /unusual characters/,
    );
  });
});
