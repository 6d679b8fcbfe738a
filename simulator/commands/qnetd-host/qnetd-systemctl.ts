/** systemctl on the host of corosync-qnetd, for its one service. @source systemd 252; forms unverified, as on nodes */

import { QNETD_DESCRIPTION, QNETD_UNIT } from "../../cluster/corosync/qnetd-host.ts";
import { UTC } from "../../cluster/node-settings/zone-time.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled, systemdAgeText, systemdTimeText } from "../printed.ts";
import { journalText } from "../systemd/journal-text.ts";

const FILE = "/lib/systemd/system/corosync-qnetd.service";
/** @source corosync-qdevice 3.0.3 init/corosync-qnetd.service.in */
const UNIT_FILE = `# ${FILE}
[Unit]
Description=${QNETD_DESCRIPTION}
Documentation=man:corosync-qnetd
ConditionKernelCommandLine=!nocluster
Requires=network-online.target
After=network-online.target

[Service]
EnvironmentFile=-/etc/default/corosync-qnetd
ExecStart=/usr/bin/corosync-qnetd -f $COROSYNC_QNETD_OPTIONS
Type=notify
StandardError=null
Restart=on-abnormal
User=coroqnetd
RuntimeDirectory=corosync-qnetd
RuntimeDirectoryMode=0770

[Install]
WantedBy=multi-user.target
`;
const NOT_RUNNING_EXIT = 3;
const NOT_FOUND_EXIT = 4;
const STATUS_LINES = 10;

export async function qnetdSystemctl(context: ProgramContext): Promise<number> {
  const { lab, stdout, stderr } = context;
  const words = context.argv.slice(1).filter((word) => !/^(--no-pager|-l|--full|--quiet|-q|-n\d+)$/.test(word));
  const now = words.includes("--now");
  const [action = "list-units", ...names] = words.filter((word) => word !== "--now");
  const unknown = names.filter((name) => name.replace(/\.service$/, "") !== "corosync-qnetd");
  const running = () => lab.read((state) => state.qnetd?.running === true);
  const setUp = async (up: boolean) => {
    await lab.sleep(60, context.signal);
    if (running() !== up) lab.act("corosync/qnetd", { up });
  };
  switch (action) {
    case "status":
      if (unknown.length > 0) {
        await stderr.write(unknown.map((name) => `Unit ${fullName(name)} could not be found.\n`).join(""));
        return NOT_FOUND_EXIT;
      }
      await stdout.write(statusText(context));
      return running() ? 0 : NOT_RUNNING_EXIT;
    case "is-active":
    case "is-failed":
    case "is-enabled": {
      const enabled = lab.read((state) => state.qnetd?.disabled !== true);
      if (unknown.length > 0 || names.length === 0) {
        await stdout.write("inactive\n");
        return NOT_RUNNING_EXIT;
      }
      const answer = action === "is-enabled" ? (enabled ? "enabled" : "disabled") : running() ? "active" : "inactive";
      await stdout.write(`${answer}\n`);
      if (action === "is-enabled") return enabled ? 0 : 1;
      return action === "is-active" && running() ? 0 : action === "is-active" ? NOT_RUNNING_EXIT : 1;
    }
    case "cat":
      if (unknown.length === 0) await stdout.write(UNIT_FILE);
      else await stderr.write(`No files found for ${fullName(unknown[0]!)}.\n`);
      return unknown.length === 0 ? 0 : 1;
    case "start":
    case "stop":
    case "restart":
    case "enable":
    case "disable":
      if (names.length === 0) {
        await stderr.write("Too few arguments.\n");
        return 1;
      }
      if (unknown.length > 0) {
        await stderr.write(
          action === "enable" || action === "disable"
            ? `Failed to ${action} unit: Unit file ${fullName(unknown[0]!)} does not exist.\n`
            : `Failed to ${action} ${fullName(unknown[0]!)}: Unit ${fullName(unknown[0]!)} not ${action === "stop" ? "loaded" : "found"}.\n`,
        );
        return action === "enable" || action === "disable" ? 1 : 5;
      }
      if (action === "enable" || action === "disable") {
        lab.act("corosync/qnetd-enable", { enabled: action === "enable" });
        if (now) await setUp(action === "enable");
        return 0;
      }
      if (action !== "start") await setUp(false);
      if (action !== "stop") await setUp(true);
      return 0;
    case "list-units":
      await stdout.write(
        `  UNIT                   LOAD   ACTIVE SUB     DESCRIPTION\n${
          running() ? `  ${QNETD_UNIT} loaded active running ${QNETD_DESCRIPTION}\n` : ""
        }\nOther units of this host are not modelled (see fidelity page)\n`,
      );
      return 0;
    case "daemon-reload":
    case "reset-failed":
      return 0;
    default:
      await stderr.write(notModelled("systemctl", action));
      return 1;
  }
}

const fullName = (name: string) => (name.includes(".") ? name : `${name}.service`);

function statusText(context: ProgramContext): string {
  return context.lab.read((lab) => {
    const { qnetd } = lab;
    if (!qnetd) return "";
    const since = qnetd.sinceMs === undefined ? undefined : Math.floor(qnetd.sinceMs + lab.wallOffsetMs);
    const when =
      since === undefined ? "" : ` since ${systemdTimeText(since)}; ${systemdAgeText(wallNowMs(lab) - since)}`;
    const lines = [
      `${qnetd.running ? "●" : "○"} ${QNETD_UNIT} - ${QNETD_DESCRIPTION}`,
      `     Loaded: loaded (${FILE}; ${qnetd.disabled ? "disabled" : "enabled"}; preset: enabled)`,
      `     Active: ${qnetd.running ? "active (running)" : "inactive (dead)"}${when}`,
      "       Docs: man:corosync-qnetd",
    ];
    if (qnetd.running && qnetd.pid !== undefined) {
      lines.push(`   Main PID: ${qnetd.pid} (corosync-qnetd)`, `     CGroup: /system.slice/${QNETD_UNIT}`);
      lines.push(`             └─${qnetd.pid} /usr/bin/corosync-qnetd -f`);
    }
    const tail = (qnetd.journal ?? [])
      .slice(-STATUS_LINES)
      .map((line) => journalText(line, { node: qnetd.name, zone: UTC }));
    return `${lines.join("\n")}\n${tail.length > 0 ? `\n${tail.join("")}` : ""}`;
  });
}
