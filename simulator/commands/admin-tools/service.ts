/** `service UNIT VERB`, as Debian's script hands it to systemctl; and the answer of programs that a unit runs. */
import type { Program } from "../../shell/process.ts";

export const service: Program = async (ctx) => {
  const [name, verb, ...more] = ctx.argv.slice(1);
  if (name === undefined || name.startsWith("-") || verb === undefined) {
    await ctx.stderr.write(
      "Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n",
    );
    return 1;
  }
  const action = verb === "force-reload" ? "reload-or-restart" : verb;
  if (!/^[a-z-]+$/.test(action) || !/^[\w@.-]+$/.test(name) || more.length > 0) {
    await ctx.stderr.write(`Usage: service ${name} {start|stop|restart|reload|force-reload|status}\n`);
    return 2;
  }
  return ctx.run(`systemctl ${action} ${name}.service`.replace(/\.service\.service$/, ".service"));
};

/** `pveproxy status` and its kin ask systemd's own state of their unit; they start nothing here. Texts unverified. */
export const daemonCommand: Program = async (ctx) => {
  const [program, verb] = ctx.argv;
  const name = program!.replace(/^.*\//, "");
  if (verb === "status") {
    const active = (await ctx.run(`systemctl is-active --quiet ${name}`)) === 0;
    await ctx.stdout.write(`${active ? "running" : "stopped"}\n`);
    return 0;
  }
  if (verb === "restart" || verb === "start" || verb === "stop") return ctx.run(`systemctl ${verb} ${name}`);
  await ctx.stderr.write(
    `${verb === undefined ? "ERROR: no command specified" : `ERROR: unknown command '${name} ${verb}'`}\nUSAGE: ${name} <COMMAND> [ARGS] [OPTIONS]\n\n       ${name} restart\n       ${name} start  [OPTIONS]\n       ${name} status\n       ${name} stop\n`,
  );
  return 255;
};
