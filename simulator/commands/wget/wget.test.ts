import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { clusterOf, setPaths } from "../../cluster/testing/lab-steps.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { createShellSession } from "../../shell/session.ts";
import { listenersOf } from "../../shell/tcp-sockets.ts";
import { allCommands } from "../commands.ts";
import { fastPort } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

/** What wget 1.21.3 printed beside a server that answers as the API does, by its command line. */
const recorded = readFileSync(new URL("../../recordings/shell/wget.txt", import.meta.url), "utf8")
  .split(/^\$ wget /m)
  .slice(1)
  .map((block) => {
    const [, words, output, status] = /^(.*)\n([\s\S]*?)=> (\d+)\n/.exec(block)!;
    return { words: words!, output: output!, status: Number(status) };
  });

/** Of that server are another port, path of the CA and size of answers; paces and instants are never the same. */
const alike = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "NOW")
    .replaceAll("localhost:8443", "localhost:8006")
    .replaceAll("|:8443", "|:8006")
    .replaceAll(/^(?:WARNING: .*|Loaded CA certificate .*)\n/gm, "")
    .replaceAll(/[\d.]+ [KMG]?B\/s/g, "PACE")
    .replaceAll(/100% +\S+=\S+/g, "100% PACE")
    .replaceAll(/^Length: \d+/gm, "Length: SIZE")
    .replaceAll(/\[\d+\/\d+\]/g, "[SIZE]")
    .replaceAll(/\{"data":.*\}\n?/g, "BODY\n");

/** Not asked: what the server of the recording did otherwise than a node, or what is not modelled. */
const OTHERWISE = /spider|-S |json\/[xy]$|json\/[xy] |big|https:\/\/127|nofile|--version|ftp:|notaurl/;

describe("wget beside the real one", () => {
  it.each(recorded.filter(({ words }) => !OTHERWISE.test(words)))("wget $words", async ({ words, output, status }) => {
    const lab = clusterOf(2);
    const made = await shellLine(lab, "pve1", "pveum user token add root@pam wget --privsep 0 --output-format json");
    const token = `Authorization:PVEAPIToken=root@pam!wget=${JSON.parse(made.output).value}`;
    const args = words
      .replaceAll("localhost:8443", "localhost:8006")
      .replace("--ca-certificate=c.pem", "--no-check-certificate")
      .replace("Authorization:x", token)
      .split(" ");
    const before = /version\.\d/.exec(output)?.[0] === "version.2" ? 2 : output.includes("version.1") ? 1 : 0;
    const there = ["version", "version.1"].slice(0, before).map((name) => `: > ${name}; `);
    const line = `${there.join("")}wget ${args.map((word) => `'${word}'`).join(" ")} 2>&1`;
    const ours = await shellLine(lab, "pve1", line);
    expect({ output: alike(ours.output), status: ours.exit }).toEqual({ output: alike(output), status });
  });
});

it("an answer is kept in a file; a path that is cut is told", async () => {
  const lab = clusterOf(2);
  const typed = (line: string) => shellLine(lab, "pve1", line);
  expect((await typed("wget -q --no-check-certificate https://pve2:8006/api2/json/version; echo $?; ls")).output).toBe(
    "6\n",
  );
  expect((await typed("wget -nv https://pve2:22/")).output).toContain("Unable to establish SSL connection.\n");
  expect(await typed("wget -c https://pve2:8006/")).toEqual({
    output: "wget: -c is not modelled in this simulated node\n",
    exit: 2,
  });
  expect((await typed("wget --nosuch x")).output).toMatch(/^wget: unrecognized option '--nosuch'\nUsage: wget /);
  setPaths(lab, ["pve1"], ["pve2"], false);
  expect((await typed("wget -nv https://pve2:8006/")).output).toBe("failed: No route to host.\n");
});

it("takes a file from a listener on another node", async () => {
  const lab = clusterOf(2);
  const port = fastPort(lab);
  const typed = async (node: string, line: string) => {
    let output = "";
    const take = {
      write: async (bytes: Uint8Array) => {
        output += Buffer.from(bytes).toString();
      },
    };
    const session = createShellSession({ node, port, files: createNodeFiles(port, node), commands: allCommands });
    await session.runCommand(line, { stdin: { read: async () => undefined }, stdout: take, stderr: take });
    return output;
  };
  const served = typed("pve2", "printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n' | nc -lN 8080");
  await vi.waitUntil(() => listenersOf(port, "pve2").has(8080));
  expect(await typed("pve1", "wget -q http://pve2:8080/greeting; cat greeting")).toBe("hello\n");
  expect(await served).toMatch(/^GET \/greeting HTTP\/1\.1\r\nHost: pve2:8080\r\nUser-Agent: Wget\/1\.21\.3\r\n/);
});
