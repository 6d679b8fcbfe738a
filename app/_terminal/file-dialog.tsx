"use client";

/** The files of a node: look into folders, download what is there, upload from this computer. */
import { Dialog } from "radix-ui";
import { useCallback, useEffect, useRef, useState } from "react";
import type { FolderListing, Message, NodeFile } from "../../gateway/protocol.ts";
import { Trouble } from "../_components/trouble.tsx";
import { useWords } from "../_words/words.tsx";
import { folderListing, joined, readableBytes, whyOf } from "./file-transfer.ts";
import { useWhy } from "./use-why.ts";

export interface FileDialogProps {
  labId: string;
  node: string;
  open: boolean;
  onClose(): void;
  /** It is gone, and the focus is free. */
  onClosed(): void;
  onUpload(folder: string, files: File[]): void;
  onDownload(path: string, bytes: number): void;
}

export function FileDialog({ labId, node, open, onClose, onClosed, onUpload, onDownload }: FileDialogProps) {
  const words = useWords();
  const [folder, setFolder] = useState<FolderListing>();
  const [path, setPath] = useState("");
  const inWords = useWhy();
  const [trouble, setTrouble] = useState<Message>();
  const [looking, setLooking] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const newest = useRef(0);
  const look = useCallback(
    async (at: string) => {
      // A slow answer must not take the place of a newer one, nor of the path that was typed meanwhile.
      newest.current += 1;
      const own = newest.current;
      setLooking(true);
      setTrouble(undefined);
      try {
        const found = await folderListing({ labId, node }, at);
        if (own !== newest.current) return;
        setFolder(found);
        setPath(found.path);
      } catch (cause) {
        if (own === newest.current) setTrouble(whyOf(cause));
      } finally {
        if (own === newest.current) setLooking(false);
      }
    },
    [labId, node],
  );
  useEffect(() => {
    if (open) void look("");
  }, [open, look]);
  const here = folder?.path ?? "";
  const act = ({ name, kind, bytes }: NodeFile) => {
    if (kind === "file") onDownload(joined(here, name), bytes);
    else void look(joined(here, name));
  };
  return (
    <Dialog.Root open={open} onOpenChange={(is) => !is && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-ink/30" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            onClosed();
          }}
          className="fixed top-1/2 left-1/2 z-50 flex max-h-[80vh] w-[min(40rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 flex-col border border-edge bg-paper p-5"
        >
          <Dialog.Title className="font-semibold text-section">{words("files.of", { node })}</Dialog.Title>
          <form
            className="mt-3 flex flex-wrap items-end gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              void look(path);
            }}
          >
            <label className="min-w-0 grow">
              <span className="text-small text-quiet">{words("files.folder")}</span>
              <input
                value={path}
                onChange={(event) => setPath(event.target.value)}
                maxLength={4000}
                spellCheck={false}
                autoCapitalize="off"
                autoComplete="off"
                className="block min-h-9 w-full border border-edge bg-paper px-2 font-mono text-code"
              />
            </label>
            <button type="submit" className="button">
              {words("files.look")}
            </button>
            <button type="button" className="button" onClick={() => onDownload(path, 0)}>
              {words("files.download-path")}
            </button>
          </form>
          {trouble && <Trouble className="mt-3">{inWords(trouble)}</Trouble>}
          <div className="mt-3 min-h-24 grow overflow-y-auto border border-rule" aria-busy={looking}>
            <ul className="text-small">
              {here !== "" && here !== "/" && (
                <li>
                  <Row onOpen={() => void look(joined(here, ".."))} name=".." about={words("files.above")} />
                </li>
              )}
              {folder?.entries.map((entry) => (
                <li key={entry.name}>
                  <Row
                    name={entry.kind === "folder" ? `${entry.name}/` : entry.name}
                    about={entry.kind === "file" ? readableBytes(entry.bytes) : words(`files.kind-${entry.kind}`)}
                    {...(entry.kind !== "other" && { onOpen: () => act(entry) })}
                  />
                </li>
              ))}
              {folder?.entries.length === 0 && <li className="px-3 py-2 text-quiet">{words("files.empty")}</li>}
              {folder && !folder.whole && <li className="px-3 py-2 text-quiet">{words("files.more")}</li>}
            </ul>
          </div>
          <p className="mt-2 text-small text-quiet">{words("files.about")}</p>
          <div className="mt-4 flex flex-wrap gap-3">
            <button type="button" className="button button-lead" onClick={() => picker.current?.click()}>
              {words("files.upload")}
            </button>
            <Dialog.Close className="button">{words("terminal.close")}</Dialog.Close>
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              aria-label={words("files.upload-to", { node })}
              onChange={({ target }) => {
                onUpload(here, [...(target.files ?? [])]);
                target.value = "";
              }}
            />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Row({ name, about, onOpen }: { name: string; about: string; onOpen?: () => void }) {
  return (
    <button
      type="button"
      disabled={onOpen === undefined}
      onClick={onOpen}
      className="flex min-h-8 w-full items-center gap-3 px-3 text-left hover:bg-raised disabled:text-quiet"
    >
      <span className="min-w-0 truncate font-mono">{name}</span>
      <span className="ml-auto shrink-0 text-quiet">{about}</span>
    </button>
  );
}
