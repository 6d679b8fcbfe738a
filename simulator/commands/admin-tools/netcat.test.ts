import { describe, expect, it, vi } from "vitest";
import { clusterOf, freshLab, setPaths } from "../../cluster/testing/lab-steps.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { createShellSession } from "../../shell/session.ts";
import { connectTo, listenersOf } from "../../shell/tcp-sockets.ts";
import { openShell } from "../../shell/testing/open-shell.ts";
import { allCommands } from "../commands.ts";
import { fastPort } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

describe("connections between programs", () => {
  it("nc hands what is typed to a listener of the node, and ss tells of that", async () => {
    const listens = "until ss -Hltn | grep -q 5000; do sleep 0.1; done; ss -Hltn | grep 5000 | tr -s ' '";
    const line = `nc -lv 5000 > got & ${listens}; echo hello | nc -N localhost 5000; wait; cat got; ss -Hltn | grep 5000`;
    expect((await shellLine(freshLab(1), "pve1", line)).output).toMatch(
      /^Listening on 0\.0\.0\.0 5000\nLISTEN 0 1 0\.0\.0\.0:5000 0\.0\.0\.0:\* ?\nConnection received on localhost \d+\nhello\n$/,
    );
  });

  it("a listener on another node is reached over the cables, and not without them", async () => {
    const lab = clusterOf(2);
    const port = fastPort(lab);
    const typed = async (node: string, line: string) => {
      let output = "";
      const take = {
        write: async (bytes: Uint8Array) => {
          output += Buffer.from(bytes).toString();
        },
      };
      const stdin = { read: async () => undefined };
      const files = createNodeFiles(port, node);
      await createShellSession({ node, port, files, commands: allCommands }).runCommand(line, {
        ...{ stdin, stdout: take, stderr: take },
      });
      return output;
    };
    const listening = typed("pve2", "echo answer | nc -lN 5000");
    await vi.waitUntil(() => listenersOf(port, "pve2").has(5000));
    expect(await typed("pve1", "echo hi | nc -N pve2 5000")).toBe("answer\n");
    expect(await listening).toBe("hi\n");
    setPaths(lab, ["pve1"], ["pve2"], false);
    expect(await typed("pve1", "nc -v pve2 5000")).toBe(
      "nc: connect to pve2 (10.99.7.12) port 5000 (tcp) failed: No route to host\n",
    );
  });

  it("what is typed after a listener's end at a terminal is the shell's, and before it goes to the other end", async () => {
    const { type, shows, lab } = openShell();
    await type("nc -lv 5000\r");
    await shows("Listening");
    const client = connectTo(lab.port, "pve1", { state: "open", node: "pve1", address: "127.0.0.1" }, 5000);
    await shows("Connection received");
    await type("to the client\r");
    expect(Buffer.from((await client.read(new AbortController().signal))!).toString()).toBe("to the client\n");
    client.close();
    await shows("root@pve1:~# ");
    await type("echo who''le\r");
    await shows("\nwhole");
  });

  it("a port that is taken is refused, by a listener and by a service", async () => {
    const lab = freshLab(1);
    const taken = await shellLine(
      lab,
      "pve1",
      "nc -l 5000 & until ss -Hltn | grep -q 5000; do sleep 0.1; done; nc -l 5000; nc -l 22; kill %1; nc -l",
    );
    expect(taken.output).toBe("nc: Address already in use\nnc: Address already in use\nnc: missing port number\n");
  });

  it("/dev/tcp connects from the shell: sshd says its version, a closed port refuses", async () => {
    const lab = clusterOf(2);
    const typed = (line: string) => shellLine(lab, "pve1", line);
    expect((await typed("exec 3<>/dev/tcp/pve2/22; read -r x <&3; echo $x; echo y >&3; cat <&3")).output).toMatch(
      /^SSH-2\.0-OpenSSH_9\.2p1 .*\r\nInvalid SSH identification string\.\r\n$/,
    );
    expect((await typed("bash -c '</dev/tcp/pve2/8006' && echo open")).output).toBe("open\n");
    expect((await typed("(: </dev/tcp/pve2/9) 2>/dev/null || echo closed")).output).toBe("closed\n");
    // pvedaemon listens on the loopback alone.
    expect(
      (await typed("(: </dev/tcp/localhost/85) && echo open; (: </dev/tcp/pve2/85) || echo closed")).output,
    ).toMatch(/^open\n.*: connect: Connection refused\n.*\/dev\/tcp\/pve2\/85: Connection refused\nclosed\n$/);
    expect((await typed(": </dev/tcp/nosuch/22")).output).toMatch(
      /nosuch: Name or service not known\n.*Invalid argument\n$/,
    );
  });
});

describe("connections to the storage server, which is no node", () => {
  // Nothing before the length of a record is a wrong one; with the end of the input, or four letters, the server closes.
  it.each([
    ["nc -N 10.99.7.5 111 </dev/null", "", 0],
    ["echo hello | nc 10.99.7.5 2049", "", 0],
    ["exec 3<>/dev/tcp/10.99.7.5/2049; printf quit >&3; cat <&3", "", 0],
    ["wget -q -t 1 -O - http://10.99.7.5:2049/", "", 4],
    ["nc -v -z 10.99.7.5 22", "nc: connect to 10.99.7.5 port 22 (tcp) failed: Connection refused\n", 1],
  ])("%s", async (line, output, exit) => {
    expect(await shellLine(clusterOf(2), "pve1", line)).toEqual({ output, exit });
  });
});
