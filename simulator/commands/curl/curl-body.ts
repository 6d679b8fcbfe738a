/** What curl sends: forms, files, headers. @source curl 7.88's own requests */
import { randomBytes } from "node:crypto";
import type { ProgramContext } from "../../shell/process.ts";
import { pathIn } from "../coreutils/arguments.ts";
import { collect } from "../coreutils/streams.ts";
import { type CurlRequest, CurlUsage, type DataPiece, percentCoded } from "./curl-options.ts";

export interface Outgoing {
  method: string;
  /** Path and query. */
  target: string;
  headers: [name: string, value: string][];
  body: string | undefined;
}

/** @throws CurlUsage for a file that cannot be read */
export async function outgoingRequest(ctx: ProgramContext, wanted: CurlRequest, url: URL): Promise<Outgoing> {
  const { flags } = wanted;
  let target = url.pathname + url.search;
  let body: string | undefined;
  let type: string | undefined;
  if (wanted.data.length > 0) {
    const pieces = await Promise.all(wanted.data.map((piece) => pieceText(ctx, piece, flags.has("silent"))));
    body = pieces.join(wanted.json ? "" : "&");
    type = wanted.json ? "application/json" : "application/x-www-form-urlencoded";
    if (flags.has("get")) {
      target += `${url.search === "" ? "?" : "&"}${body}`;
      [body, type] = [undefined, undefined];
    }
  } else if (wanted.forms.length > 0) {
    const boundary = `------------------------${randomBytes(8).toString("hex")}`;
    const parts = await Promise.all(wanted.forms.map((form) => formPart(ctx, form)));
    body = `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--\r\n`;
    type = `multipart/form-data; boundary=${boundary}`;
  } else if (wanted.upload !== undefined) {
    body =
      wanted.upload === "-" ? (await collect(ctx, ctx.stdin)).toString("utf8") : await fileText(ctx, wanted.upload);
    if (body === undefined) throw new CurlUsage(`Can't open '${wanted.upload}'!`, 26);
    if (target.endsWith("/") && wanted.upload !== "-") target += wanted.upload.split("/").at(-1);
  }
  const usual = flags.has("head") ? "HEAD" : wanted.upload !== undefined ? "PUT" : body !== undefined ? "POST" : "GET";
  const headers: Outgoing["headers"] = [["Host", url.host]];
  if (wanted.user !== undefined) {
    headers.push(["Authorization", `Basic ${Buffer.from(wanted.user, "utf8").toString("base64")}`]);
  }
  headers.push(["User-Agent", wanted.agent]);
  if (wanted.json) headers.push(["Content-Type", "application/json"], ["Accept", "application/json"]);
  else headers.push(["Accept", "*/*"]);
  if (flags.has("compressed")) headers.push(["Accept-Encoding", "deflate, gzip, br, zstd"]);
  if (wanted.referer !== undefined) headers.push(["Referer", wanted.referer]);
  const cookie = await cookieHeader(ctx, wanted, url);
  if (cookie !== "") headers.push(["Cookie", cookie]);
  const own = await ownHeaders(ctx, wanted.headers);
  const kept = headers.filter(([name]) => !own.some(([other]) => other.toLowerCase() === name.toLowerCase()));
  const all = [...kept, ...own.filter(([, value]) => value !== "")];
  if (body !== undefined) {
    all.push(["Content-Length", String(Buffer.byteLength(body))]);
    const typed = own.some(([name]) => name.toLowerCase() === "content-type") || wanted.json;
    if (type !== undefined && !typed) all.push(["Content-Type", type]);
  }
  return { method: wanted.method ?? usual, target, headers: all, body };
}

async function pieceText(ctx: ProgramContext, piece: DataPiece, silent: boolean): Promise<string> {
  if (piece.kind === "text") return piece.text;
  const read = piece.file === "-" ? (await collect(ctx, ctx.stdin)).toString("utf8") : await fileText(ctx, piece.file);
  if (read === undefined && !silent) {
    await ctx.stderr.write(`Warning: Couldn't read data from file "${piece.file}", this makes an empty POST.\n`);
  }
  const text = read ?? "";
  if (piece.as === "ascii") return text.replace(/[\r\n\0]/g, "");
  if (piece.as === "binary") return text;
  return `${piece.name === "" ? "" : `${piece.name}=`}${percentCoded(text)}`;
}

async function formPart(ctx: ProgramContext, form: string): Promise<string> {
  const cut = form.indexOf("=");
  const [name, value] = [form.slice(0, cut), form.slice(cut + 1)];
  const about = `Content-Disposition: form-data; name="${name}"`;
  if (value.startsWith("\0")) return `${about}\r\n\r\n${value.slice(1)}`;
  const [first = "", ...options] = value.split(";");
  const option = (key: string) =>
    options
      .find((one) => one.trim().startsWith(`${key}=`))
      ?.trim()
      .slice(key.length + 1);
  if (!/^[@<]/.test(first)) return `${about}\r\n\r\n${value}`;
  const file = first.slice(1);
  const text = await fileText(ctx, file);
  if (text === undefined) throw new CurlUsage("(26) Failed to open/read local data from file/application", 26);
  if (first.startsWith("<")) return `${about}\r\n\r\n${text}`;
  const type = option("type") ?? (/\.(?:txt|text)$/.test(file) ? "text/plain" : "application/octet-stream");
  const shown = option("filename") ?? file.split("/").at(-1);
  return `${about}; filename="${shown}"\r\nContent-Type: ${type}\r\n\r\n${text}`;
}

/** `-H` lines; `@file` holds several. One with a semicolon at its end has no value. */
async function ownHeaders(ctx: ProgramContext, lines: readonly string[]): Promise<[string, string][]> {
  const all: string[] = [];
  for (const line of lines) {
    if (line.startsWith("@")) all.push(...((await fileText(ctx, line.slice(1))) ?? "").split(/\r?\n/).filter(Boolean));
    else all.push(line);
  }
  return all.flatMap((line): [string, string][] => {
    const cut = line.indexOf(":");
    if (cut > 0) return [[line.slice(0, cut).trim(), line.slice(cut + 1).trim()]];
    return line.endsWith(";") ? [[line.slice(0, -1), ""]] : [];
  });
}

async function cookieHeader(ctx: ProgramContext, wanted: CurlRequest, url: URL): Promise<string> {
  const found: string[] = [];
  for (const cookie of wanted.cookies) {
    if (cookie.includes("=")) found.push(cookie);
    else found.push(...cookiesFor(url, (await fileText(ctx, cookie)) ?? ""));
  }
  return found.join("; ");
}

/** A Netscape cookie file's entries for a host, and lines of `Set-Cookie`. */
function cookiesFor(url: URL, text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.replace(/^#HttpOnly_/, "").split("\t");
    if (line.startsWith("# ") || fields.length < 7) return [];
    const [domain = "", , path = "/", secure, , name, value] = fields;
    const fits = url.hostname === domain.replace(/^\./, "") && url.pathname.startsWith(path);
    return fits && (secure !== "TRUE" || url.protocol === "https:") ? [`${name}=${value}`] : [];
  });
}

export async function fileText(ctx: ProgramContext, file: string): Promise<string | undefined> {
  const bytes = await ctx.files.readFile(pathIn(ctx, file)).catch(() => undefined);
  return bytes && Buffer.from(bytes).toString("utf8");
}
