/** Unmodified clients against a simulated node: OpenSSH's ssh, scp and sftp, curl, and python3-proxmoxer. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
const PYTHON = "/usr/bin/python3";
const has = {
  ssh: ["ssh", "scp", "sftp"].every((name) => existsSync(`/usr/bin/${name}`)),
  curl: installed("curl", "--version"),
  proxmoxer: installed(PYTHON, "-c", "import proxmoxer, requests"),
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
    const program = `
import sys, time, urllib3
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
    const { stdout } = await run(PYTHON, ["-c", program, "127.0.0.1", port, node.api.password!]);
    expect(stdout.trim().split("\n")).toEqual(["8.4", "['pve1']", "['ann@pve']", "OK", "500"]);
  });
});
