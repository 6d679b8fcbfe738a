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
