import { expect, it } from "vitest";
import { openShell } from "../../shell/testing/open-shell.ts";

it("watch -d shows what is not as it was in reverse, and no more when it stays", async () => {
  const { type, shows, raw, lab } = openShell();
  await type("echo abc > f; watch -d -n 2 cat f\r");
  await shows("Every 2.0s: cat f");
  await shows("abc");
  await type("\x1a");
  await shows("Stopped");
  await type("echo aXc > f; fg\r");
  await shows("watch -d -n 2 cat f\n");
  await type("");
  lab.pass(2_100);
  await expect.poll(raw).toContain("a\x1b[7mX\x1b[27mc");
  const before = raw().length;
  lab.pass(2_100);
  await expect.poll(() => raw().slice(before)).toContain("aXc");
  await type("\x03");
  await shows("root@pve1:~# ");
});

it("watch gives the screen back at ^Z, takes it again with fg, and draws at once when its size changes", async () => {
  const { type, shows, raw, terminal, screen } = openShell();
  await type("watch -n 600 date\r");
  await shows("Every 600.0s: date");
  const before = raw().length;
  terminal.resize(60, 20);
  await expect.poll(() => raw().slice(before)).toContain("Every 600.0s: date");
  expect(raw()).not.toContain("\x1b[?1049l");
  await type("\x1a");
  await shows("[1]+  Stopped                 watch -n 600 date");
  expect(raw()).toContain("\x1b[?1049l");
  expect(screen()).not.toContain("^Z");
  await type("fg\r");
  await shows("Every 600.0s: date");
  // A command that is under way stops with it.
  await type("\x03");
  await type("watch sleep 700\r");
  await type("\x1a");
  await shows("[1]+  Stopped                 watch sleep 700");
  await type("fg\r");
  await shows("watch sleep 700\n");
  await type("\x03");
  await type("echo status $?\r");
  await shows("status 0\n");
});

it("top takes its keys: parts of the head away, a user, a signal", async () => {
  const { type, shows, raw, screen } = openShell();
  await type("sleep 777 &\r");
  await shows("[1] ");
  await type("top -c\r");
  await shows("MiB Swap");
  const drawn = async (keys: string, then: (shown: string) => void) => {
    const before = raw().length;
    await type(keys);
    await expect.poll(() => raw().slice(before)).toContain("COMMAND");
    then(raw().slice(before));
  };
  await drawn("m", (shown) => expect(shown).not.toContain("MiB Mem"));
  await drawn("mEl", (shown) => expect(shown).toMatch(/GiB Mem/));
  const pid = /\[1\] (\d+)/.exec(screen())![1]!;
  await type(`k${pid}\r`);
  await shows(`Send pid ${pid} signal [15/sigterm]`);
  await type("9\r");
  await type("");
  await drawn(" ", (shown) => expect(shown).not.toContain("sleep 777"));
  await type("q\r");
  await shows("Killed                  sleep 777\n");
});
