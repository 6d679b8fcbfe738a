import { describe, expect, it } from "vitest";
import { openShell } from "./testing/open-shell.ts";

describe("job control at a terminal", () => {
  it.each(["vi f", "less f", "top -d 60"])("stops %s with ^Z, and fg shows it again", async (command) => {
    const { type, shows, raw } = openShell({
      files: { "/root/f": Array.from({ length: 60 }, (_, at) => `line ${at}\n`).join("") },
    });
    await type(`${command}\r`);
    const full = command.startsWith("top") ? "%CPU" : "line 1";
    await shows(full);
    await type("\x1a");
    await shows(`[1]+  Stopped                 ${command}\n`);
    await type("echo shell $((6*7))\r");
    await shows("shell 42\n");
    const before = raw().length;
    await type("fg\r");
    await shows(`fg\n${command}\n`);
    await expect.poll(() => raw().slice(before)).toContain(full);
    await type(command.startsWith("vi") ? ":q!\r" : "q");
    await type("jobs; echo none left\r");
    await shows("none left\n");
  });

  it("puts what was stopped into the background, and kills by job", async () => {
    const { type, shows, processes } = openShell();
    await type("tail -f /etc/hosts\r");
    await shows("10.0.0.12 pve2\n");
    await type("\x1a");
    await shows("Stopped                 tail -f /etc/hosts\n");
    await type("bg\r");
    await shows("[1]+ tail -f /etc/hosts &\n");
    await type("while :; do sleep 5; done &\r");
    await shows("[2] ");
    await type("sleep 500 | cat &\r");
    await shows("[3] ");
    await type("jobs\r");
    await shows(
      "[1]   Running                 tail -f /etc/hosts &\n[2]-  Running                 while :; do\n    sleep 5;\ndone &\n[3]+  Running                 sleep 500 | cat &\n",
    );
    await type("kill %1 %2; kill %sleep\r");
    await type("\r");
    await shows("Terminated              sleep 500 | cat\n");
    await type("jobs; echo none\r");
    await shows("none\n");
    expect(processes()).toEqual(["-bash"]);
  });

  it("waits for the next that ends, and lets go what is disowned", async () => {
    const { type, shows, lab } = openShell();
    await type("(sleep 3; exit 3) & (sleep 1; exit 1) &\r");
    await shows("[2] ");
    await type("wait -n; echo first $?\r");
    lab.pass(1_500);
    await shows("first 1\n");
    await type("wait %1; echo second $?\r");
    lab.pass(2_000);
    await shows("second 3\n");
    await type("sleep 100 & disown; jobs; echo alone\r");
    await shows("alone\n");
    await type("sleep 1 & \r");
    await shows("[1] ");
    await type("");
    lab.pass(1_500);
    await type("\r");
    await shows("[1]+  Done                    sleep 1\n");
  });

  it("stops a loop with ^Z, and goes on with the line behind it", async () => {
    const { type, shows } = openShell();
    await type("for i in 1 2 3; do sleep 50; done; echo behind\r");
    await shows("echo behind\n");
    await type("\x1a");
    await shows("[1]+  Stopped                 sleep 50\n");
    await type("kill -9 %1; wait\r");
    await shows("Killed                  sleep 50\n");
  });
});
