/**
 * Commands of `qm` that the model lacks: of a guest that is not there they say what a real node says.
 *
 * @source qemu-server 8.4.10 PVE/CLI/qm.pm, typed
 */
import { guestConfig } from "../../cluster/guests/guest-view.ts";
import { missingText } from "../../cluster/guests/refusals.ts";
import { knownCommand } from "../lacking/known-command.ts";
import { notModelled } from "../printed.ts";
import type { CliCommand } from "../pve-cli/run-command.ts";

const LOADED = ["showcmd", "enroll-efi-keys", "guest exec-status"];
/** Their first look is for the file. */
const LOOKED_FOR = ["vncproxy"];

export const WITHOUT_MODEL: CliCommand[] = [...LOADED, ...LOOKED_FOR].map((words) =>
  knownCommand(`qm ${words}`, async ({ lab, node, stderr }, { vmid }) => {
    const there = lab.read((state) => guestConfig(state, node, Number(vmid)) !== undefined);
    const missing = missingText(LOOKED_FOR.includes(words) ? "stop" : "set", Number(vmid), node);
    await stderr.write(there ? notModelled("qm", words) : `${missing}\n`);
    return there ? 1 : 2;
  }),
);
