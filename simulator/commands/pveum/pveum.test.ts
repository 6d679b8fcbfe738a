import { describe, expect, it } from "vitest";
import { answerRequest } from "../../api/pipeline.ts";
import type { ApiRequest } from "../../api/request.ts";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, freshLab, run, setPaths } from "../../cluster/testing/lab-steps.ts";
import { recorded } from "../testing/recorded.ts";
import { fastPort, runProgram } from "../testing/run-program.ts";
import { pveum } from "./pveum.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

function um(lab: LabState, node: string, line: string, options: Parameters<typeof runProgram>[4] = {}) {
  const argv = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
  return runProgram(lab, node, pveum, argv, options);
}

const ask = (lab: LabState, node: string, request: Partial<ApiRequest>) =>
  answerRequest(
    { lab: fastPort(lab), node, signal: new AbortController().signal },
    { method: "GET", path: "/", params: {}, ...request },
  );

describe("pveum", () => {
  it("prints, and writes to user.cfg, what was recorded", async () => {
    const lab = freshLab(1);
    const run = recorded("10-access-setup.txt", "pve1", recordedSetup());
    const commands = run.command.split("; ").slice(0, -1);
    let output = "";
    for (const command of commands) {
      const seen = await um(lab, "pve1", command);
      expect(seen.status).toBe(0);
      output += seen.output;
    }
    const written = readNodeFile(lab, "pve1", "/etc/pve/user.cfg")!;
    const comparable = (text: string) =>
      text.replaceAll(new RegExp(UUID, "g"), "VALUE").replace("admin@lab.internal", "").trimEnd();
    const sorted = (text: string) => comparable(text).split("\n").sort();
    expect(comparable(output)).toBe(comparable(run.output.slice(0, run.output.indexOf("user:grader"))));
    // The order of users is random in the recording.
    expect(sorted(written)).toEqual(sorted(run.output.slice(run.output.indexOf("user:grader"))));
    const secrets = readNodeFile(lab, "pve1", "/etc/pve/priv/token.cfg")!;
    expect(secrets.split("\n")).toHaveLength(4);
  });

  it("reaches every node, and its passwords open the API there", async () => {
    const lab = clusterOf(2);
    await um(lab, "pve1", "pveum user add anna@pve --password anna-Pass-1");
    run(lab, 1_000);
    const login = (password: string) =>
      ask(lab, "pve2", { method: "POST", path: "/access/ticket", params: { username: "anna@pve", password } });
    expect(await login("anna-Pass-1")).toMatchObject({ status: 200 });
    expect(await login("anna-Pass-2")).toMatchObject({ status: 401 });
    const passwd = await um(lab, "pve2", "pveum passwd anna@pve", { keys: "other-Pass-9\rother-Pass-9\r" });
    expect(passwd.status).toBe(0);
    expect((await login("other-Pass-9")).status).toBe(200);
    await um(lab, "pve1", "pveum user delete anna@pve");
    run(lab, 1_000);
    expect((await login("other-Pass-9")).status).toBe(401);
    expect(readNodeFile(lab, "pve2", "/etc/pve/priv/shadow.cfg")).toBe("");
  });

  it("waits nine times for the lock without a quorum, then refuses as recorded", async () => {
    const lab = clusterOf(3);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    run(lab, 30_000);
    const expected = recorded("32-noquorum-pve3.txt", "pve3", "pveum user add late@pve");
    const before = lab.nowMs;
    const seen = await um(lab, "pve3", expected.command);
    expect({ output: seen.output, exit: seen.status }).toEqual({ output: expected.output, exit: expected.exit });
    expect(Math.abs(lab.nowMs - before - 9_700)).toBeLessThan(500);
  });

  it("keeps a separated token to what it was given itself", async () => {
    const lab = freshLab(1);
    const made = await um(lab, "pve1", "pveum user token add root@pam ops --output-format json");
    const { value, info } = JSON.parse(made.stdout);
    expect(info).toEqual({ privsep: 1 });
    const status = () => ask(lab, "pve1", { path: "/cluster/status", apiToken: `root@pam!ops=${value}` });
    expect(await status()).toMatchObject({ status: 403, reason: "Permission check failed (/, Sys.Audit)" });
    await um(lab, "pve1", "pveum acl modify / --tokens root@pam!ops --roles PVEAuditor");
    expect((await status()).status).toBe(200);
    const change = { method: "POST", path: "/access/users", params: { userid: "eve@pve" } } as const;
    expect((await ask(lab, "pve1", { ...change, apiToken: `root@pam!ops=${value}` })).status).toBe(403);
    await um(lab, "pve1", "pveum user token remove root@pam ops");
    expect((await status()).status).toBe(401);
  });

  it("never lets a token change passwords or make a cluster, whatever its rights", async () => {
    const lab = freshLab(1);
    const made = await um(lab, "pve1", "pveum user token add root@pam all --privsep 0 --output-format json");
    const apiToken = `root@pam!all=${JSON.parse(made.stdout).value}`;
    const password = { userid: "root@pam", password: "changed-it-1" };
    expect(
      (await ask(lab, "pve1", { method: "PUT", path: "/access/password", params: password, apiToken })).status,
    ).toBe(403);
    const cluster = { method: "POST", path: "/cluster/config", params: { clustername: "x" }, apiToken } as const;
    expect((await ask(lab, "pve1", cluster)).reason).toBe("Permission check failed (user != root@pam)");
  });

  it("gives what a role of one's own says, and takes it with the role", async () => {
    const lab = freshLab(1);
    await um(lab, "pve1", "pveum user add ops@pve --password ops-Pass-123");
    expect((await um(lab, "pve1", "pveum role add Watcher --privs Sys.Audit,VM.Audit")).status).toBe(0);
    // Options may be cut short, as the manual's own examples do.
    await um(lab, "pve1", "pveum acl modify /nodes -user ops@pve -role Watcher");
    expect((await um(lab, "pve1", "pveum user permissions ops@pve")).stdout).toContain(
      "│ /nodes   │ Sys.Audit (*) │\n│          │ VM.Audit (*)  │\n",
    );
    expect((await um(lab, "pve1", "pveum role list")).stdout).toMatch(/│ Watcher +│ Sys.Audit,VM.Audit +│ 0 /);
    expect(readNodeFile(lab, "pve1", "/etc/pve/user.cfg")).toContain(
      "\nrole:Watcher:Sys.Audit,VM.Audit:\n\nacl:1:/nodes:ops@pve:Watcher:\n",
    );
    await um(lab, "pve1", "pveum role delete Watcher");
    expect(readNodeFile(lab, "pve1", "/etc/pve/user.cfg")).not.toContain("Watcher");
  });

  it.each([
    ["pveum user add nobody", "400 Parameter verification failed.\nuserid: invalid format"],
    ["pveum user add root@pam", "create user failed: user 'root@pam' already exists\n"],
    ["pveum acl modify / --users root@pam --roles Nope", "ACL update failed: role 'Nope' does not exist\n"],
    ["pveum role delete PVEAdmin", "auto-generated role 'PVEAdmin' cannot be deleted\n"],
    ["pveum role modify PVEAdmin --privs VM.Audit", "auto-generated role 'PVEAdmin' cannot be modified\n"],
    ["pveum user token delete root@pam nosuch", "no such token 'nosuch' for user 'root@pam'\n"],
    ["pveum user token modify root@pam nosuch", "no such token 'nosuch' for user 'root@pam'\n"],
    [
      "pveum acl modify / --roles PVEAdmin",
      [
        "400 Parameter verification failed.",
        ...["groups", "tokens", "users"].map((name) => `${name}: either 'users', 'groups' or 'tokens' is required.`),
        "pveum acl modify <path> --roles <string> [OPTIONS]\n",
      ].join("\n"),
    ],
    [
      "pveum acl modify /foo --users root@pam --roles PVEAdmin",
      "400 Parameter verification failed.\npath: invalid ACL path '/foo'\npveum acl modify <path> --roles <string> [OPTIONS]\n",
    ],
    [
      "pveum group add g/1",
      "400 Parameter verification failed.\ngroupid: invalid format - group name 'g/1' contains invalid characters\n\npveum group add <groupid> [OPTIONS]\n",
    ],
    ["pveum user add x@pve --e 1", "Option e is ambiguous (email, enable, expire)\n400 unable to parse option\n"],
    ["pveum user frobnicate", "ERROR: unknown command 'pveum user frobnicate'\n"],
    ["pveum user add", "400 not enough arguments\npveum user add <userid> [OPTIONS]\n"],
  ])("refuses %s", async (line, text) => {
    const seen = await um(freshLab(1), "pve1", line);
    expect(seen.stderr).toContain(text);
    expect(seen.status).toBe(255);
  });

  it("changes a group's comment, keeps pools and lists realms", async () => {
    const lab = freshLab(1);
    const say = async (line: string) => (await runProgram(lab, "pve1", pveum, line.split(" "))).output;
    expect(await say("pveum group add ops --comment first")).toBe("");
    expect(await say("pveum groupmod ops --comment second")).toBe("");
    expect(await say("pveum group list --output-format json")).toBe(
      '[{"comment":"second","groupid":"ops","users":""}]\n',
    );
    expect(await say("pveum group modify nope --comment x")).toBe("update group failed: group 'nope' does not exist\n");
    expect(await say("pveum pool add web --comment two")).toBe("");
    expect(await say("pveum pool modify web --storage local")).toBe("");
    expect(await say("pveum pool list --noborder --noheader")).toBe("web    two     \n");
    expect(await say("pveum realm list --noborder --noheader")).toMatch(/^pam +pam +Linux PAM/);
  });

  it("shows rights with a mark where they propagate, a privilege a line", async () => {
    const lab = freshLab(1);
    const say = async (line: string) => (await runProgram(lab, "pve1", pveum, line.split(" "))).output;
    await say("pveum user add eve@pve");
    await say("pveum acl modify /vms --users eve@pve --roles PVEVMUser");
    await say("pveum acl modify /storage/local --users eve@pve --roles PVEAuditor --propagate 0");
    const seen = await say("pveum user permissions eve@pve");
    expect(seen).toMatch(/^┌─+┬─+┐\n│ ACL path +│ Permissions +│\n/);
    expect(seen).toMatch(/│ \/storage\/local │ Datastore\.Audit +│\n/);
    expect(seen).toMatch(/│ \/vms +│ VM\.Audit \(\*\) +│\n/);
    expect(seen).toMatch(/ have the 'propagate' flag set\.\n$/);
    expect(await say("pveum acl modify /vms --users eve@pve")).toContain(
      "roles: property is missing and it is not optional",
    );
  });
});

function recordedSetup(): string {
  return 'pveum user add grader@pve --password grader-pw-1 --comment "read only"; pveum acl modify / --users grader@pve --roles PVEAuditor; pveum user token add root@pam oracle --privsep 0 --output-format json-pretty; pveum user token add grader@pve ro --privsep 0 --output-format json-pretty; pveum user add nobody@pve --password nobody-pw-1; pveum user token add nobody@pve t1 --privsep 0 --output-format json-pretty; cat /etc/pve/user.cfg';
}
