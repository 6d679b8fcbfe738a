/** The way from one place to another, as `ln -r` and `realpath --relative-to` write it. */
import type { ProgramContext } from "../../shell/process.ts";

/** @param to absolute paths, `from` a folder */
export function pathFrom(from: string, to: string): string {
  const [start, end] = [from, to].map((path) => path.split("/").filter(Boolean)) as [string[], string[]];
  let common = 0;
  while (common < start.length && common < end.length && start[common] === end[common]) common++;
  return [...start.slice(common).map(() => ".."), ...end.slice(common)].join("/") || ".";
}

/** From the folder of a link to what it shall point at; links on the way are followed, the last name is not. */
export async function relativePath(ctx: ProgramContext, source: string, link: string): Promise<string> {
  const folderOf = async (path: string) => {
    const folder = path.slice(0, path.lastIndexOf("/")) || "/";
    return ctx.files.realpath(folder).catch(() => folder);
  };
  const folder = await folderOf(source);
  const target = `${folder === "/" ? "" : folder}/${source.slice(source.lastIndexOf("/") + 1)}`;
  return pathFrom(await folderOf(link), target);
}
