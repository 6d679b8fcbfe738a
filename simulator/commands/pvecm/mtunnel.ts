/**
 * `pvecm mtunnel`: what a migration starts on its target over ssh, to ask for an address and to keep the way open.
 *
 * @source pve-cluster 8 PVE/CLI/pvecm.pm; guests/02 for its place in a migration; unverified by hand
 */
import { localAddressOf } from "../../cluster/host-network/node-address.ts";
import { cardIn, migrationSettings } from "../../cluster/migration/migration-settings.ts";
import { pmxcfsWritable } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { isTrue } from "../../cluster/truth.ts";
import type { ProgramContext } from "../../shell/process.ts";
import type { Values } from "./arguments.ts";
import { InputLines } from "./prompt.ts";

const DIED = 255;
/** The first that is free. @source pve-common PVE/Tools.pm next_migrate_port, pipe_socket_to_command */
const MIGRATION_PORT = 60_000;
const CLIENT_WAIT_MS = 30_000;

export async function migrationTunnel(context: ProgramContext, values: Values): Promise<number> {
  const { lab, node, stdout, stderr } = context;
  const die = async (text: string) => {
    await stderr.write(`${text}\n`);
    return DIED;
  };
  if (!lab.read((state) => pmxcfsWritable(state.nodes[node]!.pmxcfs))) {
    await stdout.write("no quorum\n");
    return 0;
  }
  const runs = isTrue(values["run-command"]);
  if (isTrue(values.get_migration_ip)) {
    if (runs) return die("cannot use --run-command with --get_migration_ip");
    const { network } = lab.read((state) => migrationSettings(state, node, values));
    const card = network === undefined ? undefined : lab.read((state) => cardIn(state, node, network));
    if (network !== undefined && !card) {
      return die(`could not get migration ip: no IP address configured on local node for network '${network}'`);
    }
    await stdout.write(card ? `ip: '${card.address}'\n` : "no ip\n");
    return 0;
  }
  if (runs) {
    if (!values["extra-args"]) return die("missing command");
    const asked = values.migration_network;
    const address = lab.read((state) =>
      asked === undefined ? localAddressOf(state, node) : cardIn(state, node, asked)?.address,
    );
    if (address === undefined) {
      return die(`could not get migration ip: no IP address configured on local node for network '${asked}'`);
    }
    // Nobody in a lab connects: a storage's volumes are copied by the model itself.
    await stdout.write(`${address}\n${MIGRATION_PORT}\n`);
    await lab.sleep(CLIENT_WAIT_MS, context.signal);
    return die("timed out waiting for client");
  }
  await stdout.write("tunnel online\n");
  const lines = new InputLines(context);
  for (;;) {
    const line = context.isTty.stdin && context.tty ? await context.tty.readLine() : await lines.next();
    if (line === undefined || line === "quit") return 0;
  }
}
