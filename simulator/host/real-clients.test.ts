/** Unmodified clients against a simulated node: OpenSSH's ssh, scp and sftp, curl, and python3-proxmoxer. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { LabDescription } from "../../labs/lab-description.ts";
import { LocalLabHouse } from "./lab-house.ts";

const run = promisify(execFile);
const installed = (program: string, ...words: string[]) => {
  try {
    execFileSync(program, words, { stdio: "ignore" });
    return true;
  } catch {
    console.log(`skipped: ${[program, ...words].join(" ")} does not run here`);
    return false;
  }
};
/** Debian's proxmoxer is plain Python, so that another Python that has requests can run it. */
const PYTHONS = ["/usr/bin/python3", "python3"];
const DEBIAN = "import sys; sys.path.append('/usr/lib/python3/dist-packages')";
const python = PYTHONS.find((name) => installed(name, "-c", `${DEBIAN}\nimport proxmoxer, requests`));
const has = {
  ssh: ["ssh", "scp", "sftp"].every((name) => existsSync(`/usr/bin/${name}`)),
  curl: installed("curl", "--version"),
  proxmoxer: python !== undefined,
};
if (!has.ssh) console.log("skipped: OpenSSH's ssh, scp and sftp are not installed");

let directory: string;
let house: LocalLabHouse;
let node: LabDescription["nodes"][number];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "quorate-clients-"));
  house = new LocalLabHouse({
    directory,
    log: { info: () => {}, error: (message, error) => console.error(message, error) },
  });
  await house.create({ lab: "lab", seed: "1", nodes: ["pve1"] });
  node = (await house.describe("lab")).nodes[0]!;
});
afterAll(async () => {
  await house.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe.runIf(has.ssh)("OpenSSH", () => {
  let environment: NodeJS.ProcessEnv;
  let options: string[];
  beforeAll(() => {
    // The way to give OpenSSH a password without a terminal.
    const askpass = join(directory, "askpass");
    writeFileSync(askpass, `#!/bin/sh\necho '${node.ssh.password}'\n`, { mode: 0o700 });
    environment = { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force", DISPLAY: ":0" };
    options = [
      ...[
        "-F",
        "none",
        "-o",
        `UserKnownHostsFile=${join(directory, "known")}`,
        "-o",
        "StrictHostKeyChecking=accept-new",
      ],
      ...["-o", "PubkeyAuthentication=no", "-o", "LogLevel=ERROR"],
    ];
  });

  test("ssh runs a command and has its status", async () => {
    const words = [...options, "-p", String(node.ssh.port), "root@127.0.0.1"];
    const { stdout } = await run("ssh", [...words, "hostname; pveversion"], { env: environment });
    expect(stdout).toMatch(/^pve1\npve-manager\/8\.4/);
    await expect(run("ssh", [...words, "exit 7"], { env: environment })).rejects.toMatchObject({ code: 7 });
  });

  test("a key that is put into authorized_keys opens the door, and another does not", async () => {
    const words = ["-F", "none", "-o", `UserKnownHostsFile=${join(directory, "known")}`, "-o", "BatchMode=yes"];
    const to = ["-o", "IdentitiesOnly=yes", "-p", String(node.ssh.port), "root@127.0.0.1", "echo by key"];
    for (const name of ["mine", "other"])
      execFileSync("ssh-keygen", ["-qt", "ed25519", "-N", "", "-f", join(directory, name)]);
    const publicKey = readFileSync(join(directory, "mine.pub"), "utf8").trim();
    await run("ssh", [...options, "-p", to[3]!, "root@127.0.0.1", `echo '${publicKey}' >> .ssh/authorized_keys`], {
      env: environment,
    });
    expect((await run("ssh", [...words, "-i", join(directory, "mine"), ...to])).stdout).toBe("by key\n");
    await expect(run("ssh", [...words, "-i", join(directory, "other"), ...to])).rejects.toMatchObject({
      stderr: expect.stringContaining("Permission denied (publickey,password)"),
    });
  });

  test("older scp carries folders there and back, modes and times kept", async () => {
    const there = join(directory, "tree");
    mkdirSync(join(there, "deep"), { recursive: true });
    writeFileSync(join(there, "run"), "#!/bin/sh\n", { mode: 0o755 });
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 253));
    writeFileSync(join(there, "deep", "data"), bytes);
    utimesSync(join(there, "run"), 1_600_000_000, 1_600_000_000);
    const port = ["-O", "-rp", "-P", String(node.ssh.port)];
    await run("scp", [...options, ...port, there, "root@127.0.0.1:/root/tree"], { env: environment });
    await run("scp", [...options, ...port, "root@127.0.0.1:/root/tree", join(directory, "again")], {
      env: environment,
    });
    expect(readFileSync(join(directory, "again", "deep", "data")).equals(bytes)).toBe(true);
    const kept = statSync(join(directory, "again", "run"));
    expect([kept.mode & 0o777, kept.mtimeMs]).toEqual([0o755, 1_600_000_000_000]);
    const missing = run("scp", [...options, "-O", ...port.slice(2), "root@127.0.0.1:/nosuch", directory], {
      env: environment,
    });
    await expect(missing).rejects.toMatchObject({
      stderr: expect.stringContaining("scp: /nosuch: No such file or directory"),
    });
  });

  test("streams go through both ways, a terminal has its size, and one connection serves several commands", async () => {
    const words = [...options, "-p", String(node.ssh.port), "root@127.0.0.1"];
    writeFileSync(join(directory, "stream"), Buffer.alloc(1_000_000, "abcdefg\n"));
    // Not waited for in one piece: the lab lives in this process.
    const line = `ssh "$@" 'tee copy | wc -c; wc -l < copy' < '${join(directory, "stream")}'`;
    const piped = await run("sh", ["-c", line, "sh", ...words], { env: environment });
    expect(piped.stdout).toBe("1000000\n125000\n");
    const typed = await run("ssh", ["-tt", ...words, "tty; exit 5"], { env: environment }).catch((error) => error);
    expect(typed).toMatchObject({ code: 5, stdout: "/dev/pts/0\r\n" });
    const control = ["-S", join(directory, "control")];
    const master = spawn("ssh", [...options, ...control, "-MN", ...words.slice(options.length)], {
      env: environment,
      stdio: "ignore",
    });
    await vi.waitUntil(() => existsSync(control[1]!), { timeout: 20_000 });
    const both = await Promise.all(
      ["1", "2"].map((one) => run("ssh", [...control, "-o", "BatchMode=yes", "x", `echo ${one}`])),
    );
    expect(both.map(({ stdout }) => stdout)).toEqual(["1\n", "2\n"]);
    const ended = once(master, "exit");
    await run("ssh", [...control, "-O", "exit", "x"]);
    await ended;
  });

  test("scp carries a file there and back, and sftp lists it", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
    writeFileSync(join(directory, "there"), bytes);
    const port = ["-P", String(node.ssh.port)];
    await run("scp", [...options, ...port, join(directory, "there"), "root@127.0.0.1:/root/data"], {
      env: environment,
    });
    await run("scp", [...options, ...port, "root@127.0.0.1:/root/data", join(directory, "back")], { env: environment });
    expect(readFileSync(join(directory, "back")).equals(bytes)).toBe(true);
    writeFileSync(join(directory, "batch"), "ls -l /root/data\nrm /root/data\n");
    // A batch takes no password from askpass unless batch mode is switched off again.
    const words = [...options, "-o", "BatchMode=no", ...port, "-b", join(directory, "batch"), "root@127.0.0.1"];
    expect((await run("sftp", words, { env: environment })).stdout).toMatch(/70000 .* \/root\/data/);
  });
});

describe.runIf(has.curl)("curl", () => {
  const api = (...words: string[]) => run("curl", ["-sk", "--max-time", "20", ...words]).then(({ stdout }) => stdout);

  test("logs in with a form, asks with the cookie and makes a token with JSON", async () => {
    const { data } = JSON.parse(
      await api(
        `${node.api.url}/api2/json/access/ticket`,
        "-d",
        "username=root@pam",
        "--data-urlencode",
        `password=${node.api.password}`,
      ),
    ) as { data: { ticket: string; CSRFPreventionToken: string } };
    const cookie = ["-b", `PVEAuthCookie=${data.ticket}`];
    expect(await api(...cookie, `${node.api.url}/api2/json/version`)).toContain('"8.4"');
    const csrf = ["-H", `CSRFPreventionToken: ${data.CSRFPreventionToken}`, "-H", "content-type: application/json"];
    const token = JSON.parse(
      await api(
        ...cookie,
        ...csrf,
        "-d",
        '{"privsep":false}',
        `${node.api.url}/api2/json/access/users/root@pam/token/curl`,
      ),
    ) as { data: { value: string } };
    const authorization = ["-H", `Authorization: PVEAPIToken=root@pam!curl=${token.data.value}`];
    expect(await api(...authorization, `${node.api.url}/api2/json/nodes`)).toContain('"node/pve1"');
    const denied = ["-o", "/dev/null", "-w", "%{http_code}", "-d", "clustername=lab"];
    expect(await api(...authorization, ...denied, `${node.api.url}/api2/json/cluster/config`)).toBe("403");
  });
});

describe.runIf(has.proxmoxer)("python3-proxmoxer", () => {
  test("logs in, reads, makes a user, waits for a task and is refused", async () => {
    const program = `${DEBIAN}
import time, urllib3
urllib3.disable_warnings()
from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException
host, port, password = sys.argv[1:]
api = ProxmoxAPI(host, port=int(port), user="root@pam", password=password, verify_ssl=False)
print(api.version.get()["release"])
print([one["node"] for one in api.nodes.get()])
api.access.users.post(userid="ann@pve", comment="from Python")
print([one["userid"] for one in api.access.users.get() if one["userid"] == "ann@pve"])
upid = api.nodes("pve1").services("cron").restart.post()
for _ in range(100):
    task = api.nodes("pve1").tasks(upid).status.get()
    if task["status"] == "stopped": break
    time.sleep(0.1)
print(task["exitstatus"])
try:
    api.nodes("pve1").qemu(999).status.current.get()
except ResourceException as refused:
    print(refused.status_code)
`;
    const { port } = new URL(node.api.url);
    const { stdout } = await run(python!, ["-c", program, "127.0.0.1", port, node.api.password!]);
    expect(stdout.trim().split("\n")).toEqual(["8.4", "['pve1']", "['ann@pve']", "OK", "500"]);
  });

  test("creates, changes, starts, clones and destroys a guest, and gives a token what its owner may", async () => {
    const program = `${DEBIAN}
import time, urllib3
urllib3.disable_warnings()
from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException
host, port, password = sys.argv[1:]
def login(**how): return ProxmoxAPI(host, port=int(port), verify_ssl=False, **how)
api = login(user="root@pam", password=password)
node = api.nodes("pve1")
def done(upid):
    for _ in range(300):
        task = node.tasks(upid).status.get()
        if task["status"] == "stopped": return task["exitstatus"]
        time.sleep(0.1)
def refused(work):
    try: work()
    except ResourceException as error: return error.status_code
print(done(node.qemu.post(vmid=150, name="snake", memory=512, scsi0="local-lvm:1", net0="virtio,bridge=vmbr0")))
node.qemu(150).config.put(memory=256, description="aü b")
print([node.qemu(150).config.get()[key] for key in ("name", "memory", "description")])
for verb in ("start", "suspend", "resume", "stop"): print(verb, done(getattr(node.qemu(150).status, verb).post()))
print(done(node.qemu(150).snapshot.post(snapname="one")), sorted(one["name"] for one in node.qemu(150).snapshot.get()))
print(done(node.qemu(150).clone.post(newid=151)), sorted(one["vmid"] for one in node.qemu.get()))
api.pools.post(poolid="dev")
api.pools("dev").put(vms="150")
print([one["vmid"] for one in api.pools("dev").get()["members"]])
api.access.users.post(userid="eve@pve", password="secret12")
api.access.acl.put(path="/vms/150", users="eve@pve", roles="PVEVMUser")
token = api.access.users("eve@pve").token("auto").post(privsep=0)["value"]
eve = login(user="eve@pve", token_name="auto", token_value=token)
print([one["vmid"] for one in eve.cluster.resources.get(type="vm")])
print(refused(lambda: eve.nodes("pve1").qemu(151).config.get()), refused(lambda: api.nosuch.get()), refused(lambda: node.qemu.post(vmid=5)))
for vmid in (150, 151): print(done(node.qemu(vmid).delete(purge=1)))
`;
    const { port } = new URL(node.api.url);
    const { stdout } = await run(python!, ["-c", program, "127.0.0.1", port, node.api.password!]);
    expect(stdout.trim().split("\n")).toEqual([
      "OK",
      "['snake', '256', 'aü b']",
      ...["start OK", "suspend OK", "resume OK", "stop OK"],
      "OK ['current', 'one']",
      "OK [150, 151]",
      "[150]",
      "[150]",
      "403 501 400",
      ...["OK", "OK"],
    ]);
  }, 60_000);
});
