import { expect, it } from "vitest";
import { clusterOf, ROOT_PASSWORD } from "../cluster/testing/lab-steps.ts";
import { curl } from "../commands/curl/curl.ts";
import { fastPort, runProgram } from "../commands/testing/run-program.ts";
import { accessLogText } from "./access-log.ts";

it("a node writes down who asked what, and the node that it passed the question on to does, too", async () => {
  const lab = clusterOf(2);
  const port = fastPort(lab);
  const ask = (...args: string[]) => runProgram(lab, "pve1", curl, ["curl", "-sk", ...args], { port });
  const api = "https://10.99.7.11:8006/api2/json";
  const login = await ask("-d", `username=root@pam&password=${ROOT_PASSWORD}`, `${api}/access/ticket`);
  const { ticket } = JSON.parse(login.stdout).data;
  await ask(`${api}/version`);
  await ask("-b", `PVEAuthCookie=${ticket}`, `${api}/nodes/pve2/status`);
  const stamp = String.raw`\[\d\d/11/2026:\d\d:\d\d:\d\d \+0000\]`;
  expect(accessLogText(port, "pve1")).toMatch(
    new RegExp(
      `^::ffff:10\\.99\\.7\\.11 - - ${stamp} "POST /api2/json/access/ticket HTTP/1\\.1" 200 \\d+\n::ffff:10\\.99\\.7\\.11 - - ${stamp} "GET /api2/json/version HTTP/1\\.1" 401 -\n::ffff:10\\.99\\.7\\.11 - root@pam ${stamp} "GET /api2/json/nodes/pve2/status HTTP/1\\.1" 200 \\d+\n$`,
    ),
  );
  expect(accessLogText(port, "pve2")).toMatch(
    /^::ffff:10\.99\.7\.11 - root@pam .* "GET \/api2\/json\/nodes\/pve2\/status HTTP\/1\.1" 200 \d+\n$/,
  );
});
