/** `sysctl`: the few settings of the kernel that a lesson looks at; one of them changes something in the model. */
import { kernelSettings } from "../../node-view/kernel-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";

const RETRIES = "net.ipv4.tcp_retries2";
function settingOf(ctx: ProgramContext, key: string): string | undefined {
  const all = kernelSettings(ctx);
  return Object.hasOwn(all, key) ? all[key] : undefined;
}

export const sysctl: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const bare = words.includes("-n");
  const keys = words.includes("-a")
    ? Object.keys(kernelSettings(ctx)).sort()
    : words.filter((word) => !/^-[nwa]$/.test(word));
  if (keys.length === 0) {
    await ctx.stderr.write("sysctl: no variables specified\nTry `sysctl --help' for more information.\n");
    return 1;
  }
  let status = 0;
  for (const word of keys) {
    const [key = "", value] = word.replaceAll("/", ".").split("=");
    const before = settingOf(ctx, key);
    if (before === undefined) {
      await ctx.stderr.write(`sysctl: cannot stat /proc/sys/${key.replaceAll(".", "/")}: No such file or directory\n`);
      status = 255;
      continue;
    }
    if (value !== undefined && (key !== RETRIES || !/^\d{1,3}$/.test(value) || Number(value) > 255)) {
      const known = key === RETRIES ? "Invalid argument" : "changing it is not modelled in this simulated node";
      await ctx.stderr.write(`sysctl: setting key "${key}": ${known}\n`);
      status = 255;
      continue;
    }
    if (value !== undefined) ctx.lab.act("network/tcp-retries", { node: ctx.node, retries: Number(value) });
    await ctx.stdout.write(bare ? `${value ?? before}\n` : `${key} = ${value ?? before}\n`);
  }
  return status;
};
