/** What was dropped onto a terminal: files, and the names of folders, which are not taken. */
export interface Dropped {
  files: File[];
  folders: string[];
}

export function droppedFiles(data: DataTransfer): Dropped {
  const files: File[] = [];
  const folders: string[] = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry?.();
    if (entry?.isDirectory) folders.push(entry.name);
    else {
      const file = item.getAsFile();
      if (file) files.push(file);
    }
  }
  return { files, folders };
}

/** Text that is dragged is the terminal's own business. */
export function carriesFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}

/** A file that misses the terminal must not take the page's place. The function it gives ends that. */
export function keepPageFromDrops(): () => void {
  const keep = (event: DragEvent) => {
    if (carriesFiles(event.dataTransfer)) event.preventDefault();
  };
  window.addEventListener("dragover", keep);
  window.addEventListener("drop", keep);
  return () => {
    window.removeEventListener("dragover", keep);
    window.removeEventListener("drop", keep);
  };
}
