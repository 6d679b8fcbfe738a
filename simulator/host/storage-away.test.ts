/** An NFS server that is away, as a learner at a node's terminal meets it. */
import { expect, it } from "vitest";
import { terminalOn } from "./testing/guest-terminal.ts";

const SERVER = "10.99.7.5";

it("holds whoever touches its mount until it is back, and ^C gets the prompt", async () => {
  const { type, see, pass, screen, runner } = await terminalOn("pve1");
  await see(/root@pve1:~# $/);
  type("ls -R /mnt/pve/shared; df -h | grep shared; mount -t nfs4\r");
  await see(/vm-110-disk-0\.raw[\s\S]*10\.99\.7\.5:\/export\/guests +200G[\s\S]*type nfs4 [\s\S]*root@pve1:~# $/);
  runner.port.act("storage/server", { address: SERVER, up: false });
  type("df -h\r");
  await pass(20_000);
  expect(screen()).not.toContain("Filesystem");
  type("\u0003");
  await see(/root@pve1:~# $/);
  type("df -hl | tail -1; ls /mnt/pve; pvesm status\r");
  await pass(5_000);
  expect(screen()).not.toContain("inactive");
  await see(
    /\/etc\/pve[\s\S]*shared\r\n[\s\S]*storage 'shared' is not online[\s\S]*inactive[\s\S]*root@pve1:~# $/,
    20_000,
  );
  type("ls /mnt/pve/shared\r");
  await pass(60_000);
  expect(screen()).not.toContain("images");
  runner.port.act("storage/server", { address: SERVER, up: true });
  await see(/images[\s\S]*root@pve1:~# $/);
});

it("lets a guest run on whose disk is there: it answers ping, waits at its disk, and goes on without an error", async () => {
  const { type, see, pass, screen, runner, lab } = await terminalOn("pve3");
  await see(/root@pve3:~# $/);
  type("ssh -o StrictHostKeyChecking=accept-new 10.99.7.50\r");
  await see(/root@web1:~# $/);
  type("echo kept > notes\r");
  await see(/root@web1:~# $/);
  runner.port.act("storage/cut", { address: SERVER, node: "pve1", cut: true });
  type("cat notes\r");
  await pass(30_000);
  expect(screen()).not.toContain("kept");
  expect(lab.nodes.pve1!.qemu[110]?.status).toBe("running");
  await pass(200_000);
  expect(lab.nodes.pve1!.journal.at(-1)!.text).toBe(`nfs: server ${SERVER} not responding, still trying`);
  runner.port.act("storage/cut", { address: SERVER, node: "pve1", cut: false });
  await see(/kept\r\n[\s\S]*root@web1:~# $/);
  expect(lab.nodes.pve1!.journal.at(-1)!.text).toBe(`nfs: server ${SERVER} OK`);
  type("exit\r");
  await see(/root@pve3:~# $/);
  runner.port.act("storage/cut", { address: SERVER, node: "pve1", cut: true });
  type("ping -c 2 10.99.7.50\r");
  await see(/2 received, 0% packet loss[\s\S]*root@pve3:~# $/);
});

it("makes a shutdown run into its time-out and a stop take SIGKILL", async () => {
  const { type, see, runner, lab } = await terminalOn("pve1");
  await see(/root@pve1:~# $/);
  runner.port.act("storage/server", { address: SERVER, up: false });
  type("qm agent 110 ping; qm shutdown 110\r");
  await see(/agent is not running[\s\S]*VM quit\/powerdown failed - got timeout[\s\S]*root@pve1:~# $/, 70_000);
  type("qm stop 110\r");
  await see(
    /terminating now with SIGTERM\r\nVM still running after SIGTERM - killing now with SIGKILL[\s\S]*root@pve1:~# $/,
    80_000,
  );
  expect(lab.nodes.pve1!.qemu[110]).toBeUndefined();
  type("qm start 110\r");
  await see(/storage 'shared' is not online[\s\S]*root@pve1:~# $/, 15_000);
});
