/** `pvecm qdevice setup`, the first step: ssh-copy-id to the host of corosync-qnetd, with its questions. */
import { qnetdTrusts } from "../../cluster/corosync/qnetd-host.ts";
import { fingerprintOf } from "../../keys/openssh-key.ts";
import { reachSsh } from "../../node-view/ssh-reach.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { hiddenLine } from "../hidden-line.ts";
import { knownHostsIn, lineNames, rememberKeys } from "../ssh/known-hosts-file.ts";
import { serverKeys } from "../ssh/server-keys.ts";
import { InputLines, readAnswer } from "./prompt.ts";

/** Proxmox's `die`: the message is printed, the command ends. */
export class Died extends Error {}

const COPIER = "/bin/ssh-copy-id: ";
const PASSWORD_TRIES = 3;
const KNOWN_HOSTS = "/root/.ssh/known_hosts";

/**
 * root's key comes to the host.
 *
 * @throws Died when it does not
 * @source recording 40; the errors and the second run are unverified
 */
export async function copyKey(context: ProgramContext, host: string): Promise<void> {
  const { lab, node } = context;
  const say = (text: string) => context.stdout.write(text);
  const fail = async (text: string) => {
    await context.stderr.write(`\n${COPIER}ERROR: ${text}\n\n`);
    throw new Died(`command 'ssh-copy-id -i /root/.ssh/id_rsa root@${host}' failed: exit code 1`);
  };
  await say(`${COPIER}INFO: Source of key(s) to be installed: "/root/.ssh/id_rsa.pub"\n`);
  const reach = lab.read((state) => reachSsh(state, node, host));
  if (reach.state !== "open") {
    const { reason, afterMs } = reach.state === "closed" ? reach : { reason: "No route to host", afterMs: 3_050 };
    await lab.sleep(afterMs, context.signal);
    return fail(`ssh: connect to host ${host} port 22: ${reason}`);
  }
  const lines = new InputLines(context);
  const [key] = await serverKeys(lab, reach);
  if (!key) return fail(`Connection reset by ${host} port 22`);
  const all = await Promise.all([KNOWN_HOSTS, "/etc/ssh/ssh_known_hosts"].map((file) => knownHostsIn(context, file)));
  const known = all.flatMap((entries) => entries ?? []).filter((entry) => lineNames(entry.names, host));
  if (known.length > 0 && !known.some((entry) => entry.key.blob.equals(key.blob))) {
    return fail("Host key verification failed.");
  }
  if (known.length === 0) {
    const answer = await readAnswer(
      context,
      lines,
      `\rThe authenticity of host '${host} (${host})' can't be established.\n` +
        `ED25519 key fingerprint is ${fingerprintOf(key.blob)}.\n` +
        "This key is not known by any other names.\n" +
        "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
    );
    if (!/^\s*yes\s*$/i.test(answer ?? "")) return fail("Host key verification failed.");
    await rememberKeys(context, KNOWN_HOSTS, host, [key], true);
  }
  await say(`${COPIER}INFO: attempting to log in with the new key(s), to filter out any that are already installed\n`);
  // Nodes of a cluster know each other's keys.
  const trusted = reach.qnetd ? lab.read((state) => qnetdTrusts(state, node)) : true;
  if (trusted) {
    await say(`\n${COPIER}WARNING: All keys were skipped because they already exist on the remote system.\n`);
    await say("\t\t(if you think this is a mistake, you may want to use -f option)\n\n");
    return;
  }
  await say(
    `${COPIER}INFO: 1 key(s) remain to be installed -- if you are prompted now it is to install the new keys\n`,
  );
  const right = lab.read((state) => state.qnetd?.rootPassword);
  for (let tries = 1; ; tries++) {
    const question = `\rroot@${host}'s password: `;
    const password = await (context.isTty.stdin && context.tty ? hiddenLine(context, question) : lines.next());
    if (password !== undefined && password === right) break;
    await lab.sleep(2_000, context.signal);
    if (password === undefined || tries === PASSWORD_TRIES) {
      await context.stderr.write(`root@${host}: Permission denied (publickey,password).\n`);
      throw new Died(`command 'ssh-copy-id -i /root/.ssh/id_rsa root@${host}' failed: exit code 1`);
    }
    await context.stderr.write("Permission denied, please try again.\n");
  }
  lab.act("cluster/trust-on-qnetd", { node });
  await say(`\nNumber of key(s) added: 1\n\nNow try logging into the machine, with:   "ssh 'root@${host}'"\n`);
  await say("and check to make sure that only the key(s) you wanted were added.\n\n");
}
