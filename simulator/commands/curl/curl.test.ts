import { expect, it } from "vitest";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, ROOT_PASSWORD, setPaths } from "../../cluster/testing/lab-steps.ts";
import { runProgram } from "../testing/run-program.ts";
import { curl } from "./curl.ts";

const get = (lab: LabState, ...args: string[]) => runProgram(lab, "pve1", curl, ["curl", ...args]);
const API = "https://pve2:8006/api2/json";

it("logs in at another node's API and uses the ticket at its own", async () => {
  const lab = clusterOf(2);
  const login = await get(
    lab,
    "-sk",
    "-d",
    "username=root@pam",
    "--data-urlencode",
    `password=${ROOT_PASSWORD}`,
    `${API}/access/ticket`,
  );
  const { ticket } = JSON.parse(login.stdout).data;
  const seen = await get(lab, "-sk", "-i", "-b", `PVEAuthCookie=${ticket}`, "https://localhost:8006/api2/json/nodes");
  expect(seen.stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n\{"data":\[/);
});

it("shows the bare 401, the certificate's trouble and a cut path", async () => {
  const lab = clusterOf(2);
  const bare = await get(lab, "-sk", "-o", "/dev/null", "-w", "%{http_code}\\n", `${API}/version`);
  expect(bare).toMatchObject({ status: 0, stdout: "401\n" });
  expect(await get(lab, `${API}/version`)).toMatchObject({ status: 60 });
  setPaths(lab, ["pve1"], ["pve2"], false);
  const cut = await get(lab, "-sS", "-k", `${API}/version`);
  expect(cut.stderr).toMatch(
    /^curl: \(7\) Failed to connect to pve2 port 8006 after \d+ ms: Couldn't connect to server\n$/,
  );
  expect((await get(lab, "-k", "https://example.org/")).status).toBe(6);
});

it("trusts the cluster's authority when it is named, and says what is wrong with the file", async () => {
  const lab = clusterOf(2);
  const ca = "/etc/pve/pve-root-ca.pem";
  expect((await get(lab, "-s", "-w", "%{http_code}", "--cacert", ca, `${API}/version`)).stdout).toMatch(/401$/);
  const none = await get(lab, "-sS", "--cacert", "/etc/none.pem", `${API}/version`);
  expect(none).toMatchObject({ status: 77, stderr: "curl: (77) error setting certificate file: /etc/none.pem\n" });
});

it("waits no longer than it may", async () => {
  const lab = clusterOf(2);
  setPaths(lab, ["pve1"], ["pve2"], false);
  const whole = await get(lab, "-sSk", "-m", "1.5", `${API}/version`);
  expect(whole).toMatchObject({ status: 28, stderr: "curl: (28) Connection timed out after 1500 milliseconds\n" });
  const connection = await get(lab, "-sSk", "--connect-timeout", "2", `${API}/version`);
  expect(connection.stderr).toBe("curl: (28) Failed to connect to pve2 port 8006 after 2000 ms: Timeout was reached\n");
  const wrong = await get(lab, "-m", "soon", `${API}/version`);
  expect(wrong.stderr).toMatch(/^curl: option -m: expected a proper numerical parameter\n/);
  expect((await get(lab, "-m", "5", "-sk", "-o", "/dev/null", "https://localhost:8006/")).status).toBe(0);
});

it("sends what files hold, a form's parts and JSON, and says when a file is not there", async () => {
  const lab = clusterOf(2);
  act(lab, "files/change", {
    node: "pve1",
    change: { op: "write", path: "/root/login", content: `username=root@pam&\npassword=${ROOT_PASSWORD}\n` },
  });
  const url = `${API}/access/ticket`;
  expect(JSON.parse((await get(lab, "-sk", "-d", "@login", url)).stdout).data.username).toBe("root@pam");
  const json = JSON.stringify({ username: "root@pam", password: ROOT_PASSWORD });
  expect(JSON.parse((await get(lab, "-sk", "--json", json, url)).stdout).data.username).toBe("root@pam");
  expect((await get(lab, "-k", "-d", "@nosuch", url)).stderr).toMatch(
    /^Warning: Couldn't read data from file "nosuch", this makes an empty POST\.\n/,
  );
  expect(await get(lab, "-sk", "-T", "nosuch", url)).toMatchObject({ status: 26 });
  expect(await get(lab, "-I", "-d", "x", url)).toMatchObject({
    status: 2,
    stderr:
      "Warning: You can only select one HTTP request method! You asked for both POST \nWarning: (-d, --data) and HEAD (-I, --head).\n",
  });
});

it("keeps answers in files under their names, fails on request, and tells with -v what it says and hears", async () => {
  const lab = clusterOf(2);
  const saved = await get(lab, "-k", "-O", `${API}/version`);
  expect(saved.stderr).toMatch(/^ {2}% Total {4}% Received % Xferd {2}Average Speed/);
  expect(readNodeFile(lab, "pve1", "/root/version")).toBe("");
  expect(await get(lab, "-sSkf", `${API}/version`)).toMatchObject({
    status: 22,
    stderr: "curl: (22) The requested URL returned error: 401\n",
  });
  const told = await get(lab, "-skv", `${API}/access/domains`);
  expect(told.stderr).toMatch(
    /^\* {3}Trying 10\.99\.7\.12:8006\.\.\.\n\* Connected to pve2 \(10\.99\.7\.12\) port 8006 \(#0\)\n\* ALPN: offers h2,http\/1\.1\n[\s\S]*> GET \/api2\/json\/access\/domains HTTP\/1\.1\n> Host: pve2:8006\n> User-Agent: curl\/7\.88\.1\n> Accept: \*\/\*\n> \n< HTTP\/1\.1 200 OK\n[\s\S]*< \n\{ \[\d+ bytes data\]\n\* Connection #0 to host pve2 left intact\n$/,
  );
  const elsewhere = await get(
    lab,
    "-sk",
    "--resolve",
    "lab.example:8006:10.99.7.12",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "https://lab.example:8006/api2/json/version",
  );
  expect(elsewhere.stdout).toBe("401");
});

it.each([
  [
    ["--foo", "x"],
    2,
    "curl: option --foo: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
  ],
  [[], 2, "curl: try 'curl --help' or 'curl --manual' for more information\n"],
  [["-sS", "foo://x"], 1, 'curl: (1) Protocol "foo" not supported or disabled in libcurl\n'],
  [
    ["-sS", "-O", "https://pve1:8006/"],
    23,
    "curl: Remote file name has no length!\ncurl: (23) Failed writing received data to disk/application\n",
  ],
])("%j is refused in its words", async (args, status, stderr) => {
  expect(await get(clusterOf(2), ...args)).toMatchObject({ status, stderr });
});
