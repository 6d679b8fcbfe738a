import { describe, expect, it } from "vitest";
import { openShell } from "./testing/open-shell.ts";

describe("a shell inside a shell at a terminal", () => {
  it("has a prompt, a line editor and a depth of its own, and leaves at exit and at ^D", async () => {
    const { type, shows, ended } = openShell();
    await shows("root@pve1:~# ");
    await type("bash\r");
    await shows("# bash\nroot@pve1:~# ");
    await type("echo deh\x1b[Dpt\x05 $SHLVL $0\r");
    await shows("\ndepth 2 bash\n");
    await type("exit\r");
    await shows("# exit\nexit\nroot@pve1:~# ");
    await type("echo $SHLVL $0\r");
    await shows("1 -bash\n");
    await type("bash -l\r");
    await shows("# bash -l\nroot@pve1:~# ");
    await type("shopt login_shell; echo $SHLVL\r");
    await shows("login_shell    \ton\n2\n");
    await type("\x04");
    await shows("# \nlogout\nroot@pve1:~# ");
    await type("exit 7\r");
    expect(await ended).toBe(7);
  });

  it("keeps job control of its own: ^Z, jobs, fg, ^C and a stopped job at exit", async () => {
    const { type, shows } = openShell();
    await type("bash\r");
    await type("sleep 1000\r");
    await shows("sleep 1000\n");
    await type("\x1a");
    await shows("[1]+  Stopped                 sleep 1000\n");
    await type("exit\r");
    await shows("exit\nThere are stopped jobs.\n");
    await type("fg\r");
    await shows("fg\nsleep 1000\n");
    await type("\x03");
    await shows("^C\n");
    await type("jobs; echo none; suspend\r");
    await shows("none\n");
    await shows("[1]+  Stopped                 bash\n");
    await type("echo outer $SHLVL\r");
    await shows("outer 1\n");
    await type("fg\r");
    await shows("# fg\nbash\n");
    await type("echo inner $SHLVL\r");
    await shows("inner 2\n");
    await type("kill $$; echo alive\r");
    await shows("alive\n");
  });

  it("has the start files and the bare prompt that its options ask for", async () => {
    const { type, shows } = openShell({
      files: { "/root/.bashrc": "alias hi='echo hello'\n", "/root/rc": "PS1='rc> '\n" },
    });
    await type("bash\r");
    await type("hi there\r");
    await shows("hello there\n");
    await type("bash --norc\r");
    await shows("bash-5.2# ");
    await type("hi\r");
    await shows("bash: hi: command not found\n");
    await type("exec bash --rcfile rc\r");
    await shows("rc> ");
    await type("echo $SHLVL; exit\r");
    await shows("3\nexit\n");
    await type("bash -i -c hi; bash -c 'echo $-'\r");
    await shows("hello\nhBc\n");
  });

  it("is taken over by exec with its process and depth", async () => {
    const { type, shows, ended } = openShell();
    await type("echo $$:$SHLVL: > f; exec bash\r");
    await type('[ "$(cat f)" = $$:$SHLVL: ] && echo same $0\r');
    await shows("same bash\n");
    await type("sleep 100\r");
    await shows("sleep 100\n");
    await type("\x03");
    await type("echo on\r");
    await shows("on\n");
    await type("exit 3\r");
    expect(await ended).toBe(3);
  });

  it("is dash when it is called sh: its prompt and the terminal's own line", async () => {
    const { type, shows } = openShell();
    await type("sh\r");
    await shows("# sh\n# ");
    await type("echo ab\x7fc\r");
    await shows("# echo ab\b \bc\nac\n# ");
    await type("sleep 50\r");
    await type("\x03");
    await shows("^C\n");
    await type("\x04");
    await shows("# \nroot@pve1:~# ");
  });

  it("comes from su with the environment that su gives", async () => {
    const { type, shows } = openShell();
    await type("cd /tmp; export MINE=1; su\r");
    await shows("su\nroot@pve1:/tmp# ");
    await type("echo $0 $MINE $SHLVL; exit\r");
    await shows("bash 1 2\nexit\n");
    await type("su -\r");
    await shows("su -\nroot@pve1:~# ");
    await type("echo $0 [$MINE] $SHLVL $HOME; logout\r");
    await shows("-bash [] 1 /root\nlogout\n");
    await type("su - -c 'echo $PWD $0'; echo $PWD\r");
    await shows("/root -bash\n/tmp\n");
  });

  it("keeps the history that it finds, and hands what was typed on", async () => {
    const { type, shows, screen } = openShell();
    await type("echo first\r");
    await type("bash\r");
    await type("\x1b[A\x1b[A\r");
    await shows("# echo first\nfirst\n");
    await type("echo inner; exit\r");
    await type("history 3; cat .bash_history | tail -n 1\r");
    await shows("tail -n 1\n");
    await shows("history 3; cat .bash_history | tail -n 1\n");
    expect(screen()).not.toContain("fault");
  });

  it("stops when it is started in the background and waits to be brought forward", async () => {
    const { type, shows } = openShell();
    await type("bash &\r");
    await shows("[1] ");
    await type("\r");
    await shows("[1]+  Stopped                 bash\n");
    await type("fg\r");
    await type("echo depth $SHLVL\r");
    await shows("depth 2\n");
  });

  it("ends with its terminal, and what it ran in the background with it", async () => {
    const shell = openShell();
    await shell.type("bash\r");
    await shell.type("sleep 9999 &\r");
    await shell.shows("[1] ");
    shell.hangUp();
    await shell.ended;
    await expect.poll(() => shell.processes()).toEqual([]);
  });
});
