/**
 * Files between this browser and a node, over the gateway's HTTP: one request each, with progress, cancel and words.
 *
 * `XMLHttpRequest`, because `fetch` does not tell how far an upload is; both work over plain HTTP.
 */
import { FILE_BYTES_MAX, type FolderListing, type HttpRefusal, type Message } from "../../gateway/protocol.ts";

export interface NodePlace {
  labId: string;
  node: string;
}

/** Why it was not done: an id of the interface, or of what the gateway says. `use-why.ts` makes a sentence of it. */
export class TransferFailed extends Error {
  readonly why: Message;

  constructor(why: Message) {
    super(why.id);
    this.why = why;
  }
}

export function whyOf(cause: unknown): Message {
  if (cause instanceof TransferFailed) return cause.why;
  return { id: "transfer.failed-because", values: { detail: cause instanceof Error ? cause.message : String(cause) } };
}

export interface Going {
  /** @param total bytes; 0 while not known */
  onProgress(done: number, total: number): void;
  signal: AbortSignal;
}

/** @param path absolute, or below the login's own folder. @throws TransferFailed */
export async function uploadFile(
  { labId, node }: NodePlace,
  path: string,
  file: Blob,
  options: Going & { replace: boolean },
): Promise<void> {
  if (file.size > FILE_BYTES_MAX) {
    const values = { size: readableBytes(file.size), most: readableBytes(FILE_BYTES_MAX) };
    throw new TransferFailed({ id: "transfer.too-large", values });
  }
  const query = new URLSearchParams({ lab: labId, node, path, ...(options.replace && { replace: "yes" }) });
  await send("PUT", `/gateway/file?${query}`, options, file);
}

/** The whole file, to be saved. @throws TransferFailed */
export function downloadFile({ labId, node }: NodePlace, path: string, going: Going): Promise<Blob> {
  return send("GET", `/gateway/file?${new URLSearchParams({ lab: labId, node, path })}`, going);
}

/** @param path empty for the login's own folder. @throws TransferFailed */
export async function folderListing({ labId, node }: NodePlace, path: string): Promise<FolderListing> {
  let response: Response;
  try {
    response = await fetch(`/gateway/files?${new URLSearchParams({ lab: labId, node, path })}`);
  } catch {
    throw lost();
  }
  const text = await response.text();
  if (!response.ok) throw refused(text);
  return JSON.parse(text) as FolderListing;
}

/** Hand bytes to the browser as a download. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A folder and a name as one path; an empty folder is the login's own. */
export function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder.replace(/\/+$/, "")}/${name}`;
}

/** `1.5 MiB`, for people. */
export function readableBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB"];
  let value = bytes / 1024;
  let at = 0;
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

function send(method: string, url: string, { onProgress, signal }: Going, body?: Blob): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = "blob";
    const progress = ({ loaded, total }: ProgressEvent) => onProgress(loaded, total);
    if (body === undefined) request.onprogress = progress;
    else request.upload.onprogress = progress;
    request.onload = () => {
      if (request.status < 300) resolve(request.response as Blob);
      else void (request.response as Blob).text().then((text) => reject(refused(text)));
    };
    request.onerror = () => reject(lost());
    request.onabort = () => reject(new TransferFailed({ id: "transfer.cancelled" }));
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) reject(new TransferFailed({ id: "transfer.cancelled" }));
    else request.send(body);
  });
}

function lost(): TransferFailed {
  return new TransferFailed({ id: "transfer.lost" });
}

function refused(text: string): TransferFailed {
  try {
    return new TransferFailed((JSON.parse(text) as HttpRefusal).refusal.message);
  } catch {
    return new TransferFailed({ id: "transfer.not-understood" });
  }
}
