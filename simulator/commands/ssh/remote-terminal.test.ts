import { expect, it } from "vitest";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, ROOT_PASSWORD, setPaths } from "../../cluster/testing/lab-steps.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { createShellSession } from "../../shell/session.ts";
import { Terminal } from "../../shell/terminal.ts";
import { allCommands } from "../commands.ts";
import { fastPort } from "../testing/run-program.ts";

/** A learner's terminal on pve1 of a cluster of two. */
function terminalOnPve1() {
  const lab = clusterOf(2);
  const port = fastPort(lab);
  let screen = "";
  const terminal = new Terminal({
    columns: 80,
    rows: 24,
    term: "xterm-256color",
    send: async (bytes) => {
      screen += new TextDecoder().decode(bytes);
    },
  });
  const files = createNodeFiles(port, "pve1");
  const session = createShellSession({ node: "pve1", port, files, commands: allCommands, terminal });
  const ended = session.runInteractive();
  return {
    lab,
    ended,
    screen: () => screen,
    type: (keys: string) => terminal.input(Buffer.from(keys)),
    async see(text: string | RegExp) {
      await expect.poll(() => screen, { timeout: 4_000, interval: 5 }).toMatch(text);
      screen = "";
    },
  };
}

it("opens a shell on the other node within the session's own terminal, and gives the keys back at its end", async () => {
  const { type, see, ended, lab } = terminalOnPve1();
  await see(/root@pve1:~# $/);
  type("ssh pve2\r");
  await see(/continue connecting \(yes\/no\/\[fingerprint\]\)\? $/);
  type("yes\r");
  await see(/Linux pve2 [\s\S]*root@pve2:~# $/);
  type("tty; echo $HOSTNAME > /tmp/where\r");
  await see(/pts\/\d+[\s\S]*root@pve2:~# $/);
  type("exit 3\r");
  await see(/Connection to pve2 closed\.\r\n[\s\S]*root@pve1:~# $/);
  type("echo status $?\r");
  await see(/status 3\r\n/);
  expect(readNodeFile(lab, "pve2", "/tmp/where")).toBe("pve2\n");
  type("exit\r");
  await ended;
});

it("opens a shell on the host of corosync-qnetd, which stands still while the host is cut off", async () => {
  const { type, see, ended, lab } = terminalOnPve1();
  act(lab, "corosync/qnetd", { address: "10.99.7.20" });
  lab.qnetd!.rootPassword = ROOT_PASSWORD;
  await see(/root@pve1:~# $/);
  type("ssh 10.99.7.20\r");
  await see(/continue connecting \(yes\/no\/\[fingerprint\]\)\? $/);
  type("yes\r");
  await see(/root@10\.99\.7\.20's password: $/);
  type(`${ROOT_PASSWORD}\r`);
  await see(/Linux qnetd 6\.1\.0-28-amd64 [\s\S]*root@qnetd:~# $/);
  type("systemctl is-active corosync-qnetd\r");
  await see(/active\r\n[\s\S]*root@qnetd:~# $/);
  setPaths(lab, ["pve1"], ["qnetd"], false);
  type("\r~.");
  await see(/Connection closed\.\r\n[\s\S]*root@pve1:~# $/);
  type("exit\r");
  await ended;
});

it("stands still while the path is cut, and ~. breaks it off", async () => {
  const { type, see, ended, lab, screen } = terminalOnPve1();
  await see(/root@pve1:~# $/);
  type("ssh -o StrictHostKeyChecking=accept-new pve2\r");
  await see(/root@pve2:~# $/);
  setPaths(lab, ["pve1"], ["pve2"], false);
  type("\r~.");
  await see(/Connection closed\.\r\n[\s\S]*root@pve1:~# $/);
  expect(screen()).toBe("");
  type("exit\r");
  await ended;
});
