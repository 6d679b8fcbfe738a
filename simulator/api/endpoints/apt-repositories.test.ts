import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { fastPort } from "../../commands/testing/run-program.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { callAsRoot, findLocalEndpoint } from "../in-process.ts";
import { refusedPermission } from "../permissions.ts";

const PATH = "/nodes/pve1/apt/repositories";
const FOLDER = "/etc/apt/sources.list.d";

interface Told {
  files: { path: string; digest: number[]; repositories: Record<string, unknown>[] }[];
  errors: object[];
  digest: string;
  infos: Record<string, unknown>[];
  "standard-repos": { handle: string; status?: number }[];
}

async function told(lab: LabState) {
  const signal = new AbortController().signal;
  const answer = await callAsRoot({ lab: fastPort(lab), node: "pve1", signal, method: "GET", path: PATH, params: {} });
  return answer.kind === "answered" ? (answer.data as unknown as Told) : answer;
}

const write = (lab: LabState, path: string, text: string) =>
  createNodeFiles(fastPort(lab), "pve1").writeFile(path, new TextEncoder().encode(text));

test("a node's own file is told with its digest and Debian as its origin, and none of Proxmox's is set", async () => {
  const lab = freshLab(1);
  const bytes = await createNodeFiles(fastPort(lab), "pve1").readFile("/etc/apt/sources.list");
  const digest = createHash("sha256").update(bytes).digest();
  const answer = (await told(lab)) as Told;
  expect(answer.files.map((file) => [file.path, file.digest])).toEqual([["/etc/apt/sources.list", [...digest]]]);
  expect(answer.digest).toBe(createHash("sha256").update(digest).digest("hex"));
  expect(answer.files[0]!.repositories[1]).toEqual({
    Types: ["deb"],
    URIs: ["http://deb.debian.org/debian"],
    Suites: ["bookworm-updates"],
    Components: ["main", "contrib"],
    FileType: "list",
    Enabled: 1,
  });
  expect(answer.infos.map((info) => [info.index, info.message])).toEqual([0, 1, 2].map((index) => [index, "Debian"]));
  expect(answer["standard-repos"].filter((one) => one.status !== undefined)).toEqual([]);
});

test("what is written there is read: comments, options, what is switched off, suites that are warned of", async () => {
  const lab = freshLab(1);
  await write(
    lab,
    `${FOLDER}/pve-enterprise.list`,
    "# deb https://enterprise.proxmox.com/debian/pve bookworm pve-enterprise\n",
  );
  await write(
    lab,
    `${FOLDER}/own.list`,
    "# of the course\ndeb [ arch=amd64,arm64 signed-by=/k.gpg ] http://download.proxmox.com/debian/pve/ bookworm pve-no-subscription\ndeb http://security.debian.org bullseye main\ndeb http://deb.debian.org/debian trixie main\n",
  );
  await write(lab, `${FOLDER}/pve.list.bak`, "nonsense\n");
  const answer = (await told(lab)) as Told;
  expect(answer.files.map((file) => file.path.split("/").at(-1))).toEqual([
    "sources.list",
    "own.list",
    "pve-enterprise.list",
  ]);
  expect(answer.files[1]!.repositories[0]).toMatchObject({
    Comment: " of the course\n",
    Options: [
      { Key: "arch", Values: ["amd64", "arm64"] },
      { Key: "signed-by", Values: ["/k.gpg"] },
    ],
  });
  expect(answer.files[2]!.repositories).toMatchObject([{ Enabled: 0, Components: ["pve-enterprise"] }]);
  expect(answer["standard-repos"].filter((one) => one.status !== undefined)).toMatchObject([
    { handle: "enterprise", status: 0 },
    { handle: "no-subscription", status: 1 },
  ]);
  expect(answer.infos.filter((info) => info.property === "Suites").map((info) => [info.kind, info.message])).toEqual([
    ["warning", "old suite 'bullseye' configured!"],
    ["warning", "expected suite 'bookworm-security'"],
    ["ignore-pre-upgrade-warning", "suite 'trixie' should not be used in production!"],
  ]);
});

test("files that cannot be read are told with their line, and the newer format is refused", async () => {
  const lab = freshLab(1);
  await write(lab, `${FOLDER}/a.list`, "\ndebian http://deb.debian.org/debian bookworm main\n");
  await write(lab, `${FOLDER}/b.list`, "deb http://deb.debian.org/debian bookworm\n");
  await write(lab, `${FOLDER}/c`, "");
  const answer = (await told(lab)) as Told;
  expect(answer.errors).toEqual([
    { path: `${FOLDER}/a.list`, error: "malformed entry on line 2 - invalid package type 'debian'" },
    { path: `${FOLDER}/b.list`, error: "check for repository 1 - missing component(s)" },
    { path: `${FOLDER}/c`, error: "invalid extension" },
  ]);
  await write(lab, `${FOLDER}/d.sources`, "Types: deb\n");
  expect(await told(lab)).toMatchObject({ status: 501, message: expect.stringContaining("not modelled") });
});

test("it takes Sys.Audit over the node", async () => {
  const lab = freshLab(1);
  await write(lab, "/etc/pve/user.cfg", "user:eve@pve:1:0::::::\nacl:1:/nodes/pve2:eve@pve:PVEAuditor:\n");
  const { endpoint } = findLocalEndpoint("GET", PATH)!;
  const refused = (node: string) => refusedPermission(lab, "pve1", { user: "eve@pve" }, endpoint.permission, { node });
  expect([refused("pve1"), refused("pve2")]).toEqual(["Permission check failed (/nodes/pve1, Sys.Audit)", undefined]);
});
