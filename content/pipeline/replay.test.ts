import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import ssh2, { type ServerChannel } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LabDescription } from "../../labs/lab-description.ts";
import { hostKeySha256 } from "../../labs/ssh-client.ts";
import { type ReplayOptions, replay } from "./replay.ts";
import { solveFile } from "./schemas.ts";
import { parseYaml } from "./yaml-file.ts";

/** What the small SSH server does with a command. */
type Program = (channel: ServerChannel, typed: () => Promise<string>) => Promise<number>;

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "pkcs1", format: "pem" },
});
const programs: Record<string, Program> = {};
const ran: string[] = [];
const clients = new Set<ssh2.Connection>();
let lab: LabDescription;
const server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
  clients.add(client);
  client.on("close", () => clients.delete(client));
  client.on("error", () => {});
  client.on("authentication", (context) =>
    context.method === "password" && context.password === "sesame-7" ? context.accept() : context.reject(["password"]),
  );
  client.on("ready", () => {
    client.on("session", (accept) => {
      const session = accept();
      session.on("pty", (acceptPty) => acceptPty?.());
      session.on("exec", (acceptExec, _, { command }) => {
        const channel = acceptExec();
        ran.push(command);
        const lines: string[] = [];
        let wake = () => {};
        channel.on("data", (chunk: Buffer) => {
          lines.push(chunk.toString().replace("\r", ""));
          wake();
        });
        const typed = async () => {
          while (lines.length === 0)
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          return lines.shift()!;
        };
        const program = programs[command] ?? (async () => 0);
        void program(channel, typed).then((status) => {
          channel.exit(status);
          channel.end();
        });
      });
    });
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  const ssh = {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    user: "root",
    password: "sesame-7",
    hostKeySha256: hostKeySha256(key.getPublicSSH()),
  };
  const api = { url: "https://127.0.0.1:1", certSha256: `${"00:".repeat(31)}00`, user: "root@pam" };
  lab = { lab: "x", nodes: [{ name: "pve1", ssh, api }] };
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

function run(yaml: string, options: Partial<ReplayOptions> = {}): Promise<void> {
  ran.length = 0;
  return replay(parseYaml(yaml, "solve.yaml", solveFile), {
    lab,
    variables: { clusterName: "lab" },
    stepOutcome: async () => "passed",
    applyFault: async () => {},
    ...options,
  });
}

describe("replaying a solution", () => {
  it("fills in values and answers prompts in turn, however they are wrapped", async () => {
    programs["pvecm add lab"] = async (channel, typed) => {
      channel.write("Please enter superuser (root)\r\npassword for 'pve1': ");
      const password = await typed();
      channel.write("\r\nAre you sure (yes/no)? ");
      return password === "sesame-7" && (await typed()) === "yes" ? 0 : 1;
    };
    await run(`- on: pve1
  run: pvecm add {{clusterName}}
  answer:
    - { prompt: "(root) password for 'pve1':", type: "{{password.pve1}}" }
    - { prompt: "(yes/no)?", type: "yes" }
  exit: 0`);
    expect(ran).toEqual(["pvecm add lab"]);
  });

  it("fails with the action, the status and what was printed", async () => {
    programs["pvecm create lab"] = async (channel) => {
      channel.write("cluster config '/etc/pve/corosync.conf' already exists\r\n");
      return 255;
    };
    await expect(run("- { on: pve1, run: 'pvecm create lab', exit: 0 }")).rejects.toThrow(
      /action 1 of 1 \(on pve1: pvecm create lab\): ended with status 255, expected 0; it printed:\ncluster config/,
    );
    await run("- { on: pve1, run: 'pvecm create lab' }");
  });

  it("fails when a prompt never comes", async () => {
    const yaml = "- { on: pve1, run: 'true', answer: [{ prompt: 'password', type: x }] }";
    await expect(run(yaml)).rejects.toThrow(/ended without asking "password"/);
    programs.hang = () => new Promise(() => {});
    await expect(run(yaml.replace("'true'", "hang"), { actionTimeoutMs: 300 })).rejects.toThrow(
      /it never asked "password"/,
    );
  });

  it("waits for a step by letting the lab's own time pass", async () => {
    const outcomes = ["not-yet", undefined, "passed"] as const;
    let look = 0;
    await run("- until: { step: create }", { stepOutcome: async () => outcomes[look++] });
    expect(ran).toEqual(["sleep 1", "sleep 1"]);
  });

  it("waits for a command's status on the node itself", async () => {
    await run("- until: { on: pve1, run: 'pvecm status', exit: 2 }");
    expect(ran).toEqual(["while true; do pvecm status; [ $? -eq 2 ] && break; sleep 1; done"]);
  });

  it("waits on while the only node that answered is away", async () => {
    const loop = "while true; do test -e /run/up; [ $? -eq 0 ] && break; sleep 1; done";
    let tries = 0;
    programs[loop] = async (channel) => {
      tries += 1;
      if (tries > 1) return 0;
      const { port } = server.address() as AddressInfo;
      // Off for a moment: the connection is gone, and a new one is refused until somebody listens again.
      setTimeout(() => server.listen(port, "127.0.0.1"), 700);
      server.close();
      for (const client of clients) client.end();
      channel.close();
      return 255;
    };
    await run("- until: { on: pve1, run: 'test -e /run/up' }");
    expect(tries).toBe(2);
  });

  it("hands faults on", async () => {
    const faults: unknown[] = [];
    await run("- lab: { power: pve3, state: off }", { applyFault: async (fault) => void faults.push(fault) });
    expect(faults).toEqual([{ power: "pve3", state: "off" }]);
  });

  it("says nothing to a node that shows another host key", async () => {
    const node = lab.nodes[0]!;
    const stranger = {
      lab: "x",
      nodes: [{ ...node, ssh: { ...node.ssh, hostKeySha256: `SHA256:${"A".repeat(43)}` } }],
    };
    await expect(run("- { on: pve1, run: id }", { lab: stranger })).rejects.toThrow(/pve1 over SSH: /);
    expect(ran).toEqual([]);
  });

  it("names a value that nothing has", async () => {
    await expect(run("- { on: pve1, run: 'echo {{clusterNme}}' }")).rejects.toThrow(
      /nothing is known about \{\{clusterNme\}\}/,
    );
  });
});
