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
