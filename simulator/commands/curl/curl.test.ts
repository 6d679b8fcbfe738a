import { expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
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
  const cut = await get(lab, "-k", `${API}/version`);
  expect(cut.stderr).toMatch(
    /^curl: \(7\) Failed to connect to pve2 port 8006 after \d+ ms: Couldn't connect to server\n$/,
  );
  expect((await get(lab, "-k", "https://example.org/")).status).toBe(6);
});

it("trusts the cluster's authority when it is named, and says what is wrong with the file", async () => {
  const lab = clusterOf(2);
  const ca = "/etc/pve/pve-root-ca.pem";
  expect((await get(lab, "-s", "-w", "%{http_code}", "--cacert", ca, `${API}/version`)).stdout).toMatch(/401$/);
  const none = await get(lab, "--cacert", "/etc/none.pem", `${API}/version`);
  expect(none).toMatchObject({ status: 77, stderr: "curl: (77) error setting certificate file: /etc/none.pem\n" });
});

it("waits no longer than it may", async () => {
  const lab = clusterOf(2);
  setPaths(lab, ["pve1"], ["pve2"], false);
  const whole = await get(lab, "-sSk", "-m", "1.5", `${API}/version`);
  expect(whole).toMatchObject({ status: 28, stderr: "curl: (28) Connection timed out after 1500 milliseconds\n" });
  const connection = await get(lab, "-k", "--connect-timeout", "2", `${API}/version`);
  expect(connection.stderr).toBe("curl: (28) Failed to connect to pve2 port 8006 after 2000 ms: Timeout was reached\n");
  const wrong = await get(lab, "-m", "soon", `${API}/version`);
  expect(wrong.stderr).toMatch(/^curl: option -m: expected a proper numerical parameter\n/);
  expect((await get(lab, "-m", "5", "-sk", "-o", "/dev/null", "https://localhost:8006/")).status).toBe(0);
});
