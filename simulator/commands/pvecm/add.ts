/** `pvecm add`: join the cluster of another node. Exits with 0 even when it failed, as recorded (02, 32, 43, 45, 48). */

import { ROOT_KEY } from "../../cluster/accounts/ssh-keys.ts";
import { joinErrors, NOT_JOINABLE } from "../../cluster/join/join-cluster.ts";
import { linksOf } from "../../cluster/join/link-parameters.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ByteWriter, ProgramContext } from "../../shell/process.ts";
import { emptyOptions } from "../ssh/ssh-arguments.ts";
import { connectSsh } from "../ssh/ssh-client.ts";
import type { Values } from "./arguments.ts";
import { followTask } from "./follow-task.ts";
import { InputLines, readAnswer, readPassword } from "./prompt.ts";

const NO_ANSWER =
  "Use of uninitialized value $answer in pattern match (m//) at /usr/share/perl5/PVE/APIClient/LWP.pm line 256, <STDIN> line 1.\n";

export async function addMember(context: ProgramContext, values: Values): Promise<number> {
  const host = values.hostname!;
  const ssh = isTrue(values.use_ssh);
  if (/^\/etc\/pve(?:\/|$)/.test(context.cwd)) {
    await context.stderr.write("Navigate out of /etc/pve before running 'pvecm add', for example by running 'cd'.\n");
    return 255;
  }
  const links = linksOf(values);
  // Over ssh the node itself is looked at first, else when the password is known.
  const errors = ssh && !isTrue(values.force) ? context.lab.read((lab) => joinErrors(lab, context.node, links)) : "";
  if (errors !== "") {
    await context.stderr.write(`${errors}${NOT_JOINABLE}\n`);
    return 0;
  }
  const lines = new InputLines(context);
  const read = ssh
    ? await connected(context, host)
    : await readPassword(context, lines, `Please enter superuser (root) password for '${host}': `);
  if ("reason" in read) {
    await context.stderr.write(`${read.reason}\n`);
    return 0;
  }
  const { upid } = context.lab.act("cluster/join", {
    node: context.node,
    host,
    password: read.password,
    ...(ssh && { ssh }),
    ...(values.fingerprint !== undefined && { fingerprint: values.fingerprint }),
    ...(isTrue(values.force) && { force: true }),
    ...(values.nodeid !== undefined && { nodeId: Number(values.nodeid) }),
    ...(values.votes !== undefined && { votes: Number(values.votes) }),
    ...(Object.keys(links).length > 0 && { links }),
    program: "pvecm",
  });
  await followTask(context, upid, async (question) => {
    const answer = await readAnswer(
      context,
      lines,
      `The authenticity of host '${question.host}' can't be established.\n` +
        `X509 SHA256 key fingerprint is ${question.fingerprint}.\n` +
        "Are you sure you want to continue connecting (yes/no)? ",
    );
    // Standard input that ends here is Perl's to complain of.
    if (answer === undefined && !context.isTty.stdin) await context.stderr.write(NO_ANSWER);
    return /^\s*yes\s*$/i.test(answer ?? "");
  });
  return 0;
}

/**
 * Over ssh the connection comes first: its questions stand on the terminal, and nobody sees what ssh-copy-id says.
 *
 * @source recording 44; PVE/CLI/pvecm.pm
 */
async function connected(context: ProgramContext, host: string): Promise<{ password: string } | { reason: string }> {
  const { tty, stderr } = context;
  const unseen: ByteWriter = { write: async (bytes) => (tty ? stderr.write(bytes) : undefined) };
  const connection = await connectSsh({ ...context, stderr: unseen }, { user: "root", host }, emptyOptions());
  const command = `ssh-copy-id -i ${ROOT_KEY} root@${host}`;
  return connection ? { password: "" } : { reason: `unable to copy ssh ID: command '${command}' failed: exit code 1` };
}
