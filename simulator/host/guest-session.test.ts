import { describe, expect, it } from "vitest";
import { terminalOn } from "./testing/guest-terminal.ts";

const counts = (screen: string) =>
  [...screen.matchAll(/count (\d+) boot (\w+)/g)].map((one) => [Number(one[1]), one[2]]);

async function intoGuest(node: string) {
  const term = await terminalOn(node);
  await term.see(/root@pve3:~# $/);
  term.type("ssh -o StrictHostKeyChecking=accept-new 10.99.7.50\r");
  await term.see(/root@web1:~# $/);
  return term;
}

describe("an open session into a guest", () => {
  it("goes on through a live migration: its counter misses no second and its boot is the same", async () => {
    const { type, pass, see, ask, screen, lab } = await intoGuest("pve3");
    type("counter\r");
    await see(/count \d+/);
    ask("pve1", "migrate", { target: "pve2", online: "1" });
    await pass(20_000);
    expect(lab.nodes.pve2!.qemu[110]?.status).toBe("running");
    const seen = counts(screen());
    expect(seen.length).toBeGreaterThan(15);
    expect(new Set(seen.map(([, boot]) => boot)).size).toBe(1);
    for (let at = 1; at < seen.length; at++) expect(Number(seen[at]![0]) - Number(seen[at - 1]![0])).toBeLessThan(3);
    type("\u0003");
    await see(/root@web1:~# $/);
    type("hostname; cat /proc/sys/kernel/random/boot_id; exit\r");
    await see(/web1\r\n[\s\S]*Connection to 10\.99\.7\.50 closed\.\r\n[\s\S]*root@pve3:~# $/);
  });

  it("ends with a cold migration: the guest's system closes it, and the next one counts from its new boot", async () => {
    const { type, pass, see, ask, lab } = await intoGuest("pve3");
    type("counter\r");
    const [before] = counts(await see(/count \d+ boot \w+\r\n/));
    ask("pve1", "shutdown");
    await see(/Connection to 10\.99\.7\.50 closed by remote host\.\r\n[\s\S]*root@pve3:~# $/);
    ask("pve1", "migrate", { target: "pve2" });
    await pass(5_000);
    ask("pve2", "start");
    await pass(16_000);
    expect(lab.nodes.pve2!.qemu[110]?.status).toBe("running");
    type("ssh 10.99.7.50 counter -n 1\r");
    const [after] = counts(await see(/count \d+ boot \w+\r\n/));
    expect(after![1]).not.toBe(before![1]);
    expect(Number(after![0])).toBeLessThan(20);
  });

  it("hangs when the guest is killed, and is reset once the next boot hears of it", async () => {
    const { type, pass, see, ask, screen } = await intoGuest("pve3");
    ask("pve1", "stop");
    await pass(3_000);
    type("date\r");
    await pass(3_000);
    expect(screen()).toBe("");
    ask("pve1", "start");
    await pass(16_000);
    await see(/client_loop: send disconnect: Connection reset by peer[\s\S]*root@pve3:~# $/);
  });
});

describe("a guest's serial port", () => {
  it("shows a login after Enter, gives root a shell, and Ctrl+O leaves it", async () => {
    const { type, see } = await terminalOn("pve1");
    await see(/root@pve1:~# $/);
    type("qm terminal 110\r");
    await see(/starting serial terminal on interface serial0 \(press Ctrl\+O to exit\)\r\n$/);
    type("\r");
    await see(/Debian GNU\/Linux 12 web1 ttyS0[\s\S]*web1 login: $/);
    type("root\r");
    await see(/root@web1:~# $/);
    type("workload database; workload\r");
    await see(/database: writes 45 MiB\/s/);
    type("\u000f");
    await see(/root@pve1:~# $/);
  });
});

describe("a guest's agent", () => {
  it("answers with what the guest's system knows, and runs commands in it", async () => {
    const { type, see } = await terminalOn("pve1");
    await see(/root@pve1:~# $/);
    type("qm agent 110 ping && echo alive; qm agent 110 network-get-interfaces\r");
    await see(/alive[\s\S]*"ip-address" : "10\.99\.7\.50"[\s\S]*root@pve1:~# $/);
    type("qm guest exec 110 -- hostname\r");
    await see(/"exitcode" : 0,[\s\S]*"out-data" : "web1\\n"/);
  });
});
