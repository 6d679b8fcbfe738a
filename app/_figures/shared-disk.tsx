"use client";

/** Two hosts that write to one disk as if each were alone: block by block, and what is left of the files. */
import { useState } from "react";
import {
  beginSharedDisk,
  type SharedDisk as Disk,
  damaged,
  type HostName,
  sharedDiskInWords,
  writeFile,
} from "../../models/shared-disk.ts";
import { Choices, FigureFrame } from "./figure-frame.tsx";

const begin = (locked: boolean): Disk => writeFile(beginSharedDisk(locked), "node1");

export function SharedDisk() {
  const [disk, setDisk] = useState(() => begin(false));
  const broken = damaged(disk);
  const press = (host: HostName) => setDisk((now) => writeFile(now, host));
  return (
    <FigureFrame
      title="One disk, two machines that both use it"
      drawing={<Drawing disk={disk} broken={broken} />}
      {...(broken.length > 0 && { verdict: { word: "The file system is corrupt.", tone: "bad" as const } })}
      sentence={sharedDiskInWords(disk)}
      controls={
        <>
          <Choices
            label="The disk"
            value={disk.locked ? "lock" : "open"}
            options={[
              ["open", "lets anybody write"],
              ["lock", "is locked by the machine that has it"],
            ]}
            onChange={(value) => setDisk(begin(value === "lock"))}
          />
          <div className="mt-3 flex flex-wrap gap-2">
            <button type="button" className="button" onClick={() => press("node1")}>
              The guest on node1 writes a file
            </button>
            <button type="button" className="button" onClick={() => press("node2")}>
              Its copy on node2 writes a file
            </button>
          </div>
        </>
      }
      caption="Each machine read the list of free blocks when it started, and then keeps its own. Files a1, a2, … come from node1, b1, b2, … from node2. A striped block belongs to a file of which a part is gone."
      onReset={() => setDisk(begin(disk.locked))}
    />
  );
}

function Drawing({ disk, broken }: { disk: Disk; broken: string[] }) {
  const place = (at: number) => `translate(${at * 22} 0)`;
  return (
    <svg viewBox="-1 0 352 176" className="my-3 w-full max-w-md" aria-hidden="true" fill="none">
      {(["node1", "node2"] as const).map((host, row) => (
        <g key={host} transform={`translate(0 ${row === 0 ? 0 : 122})`}>
          <text x="0" y="16" fontSize="13" fill="var(--quiet)">
            what <tspan fontFamily="var(--font-mono)">{host}</tspan> believes
          </text>
          {disk.believes[host].map((taken, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks never move
            <g key={at} transform={place(at)}>
              <rect y="24" width="20" height="12" fill={taken ? "var(--edge)" : "none"} stroke="var(--rule)" />
            </g>
          ))}
        </g>
      ))}
      <text x="0" y="62" fontSize="13" fontWeight="600" fill="var(--ink)">
        what is on the disk
      </text>
      {disk.blocks.map((held, at) => {
        const file = disk.files.find(({ name }) => name === held);
        const overwritten = disk.files.some(
          ({ name, blocks }) => name !== held && blocks.includes(at) && broken.includes(name),
        );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks never move
          <g key={at} transform={place(at)}>
            <rect
              y="70"
              width="20"
              height="34"
              fill={file === undefined ? "none" : file.by === "node1" ? "var(--raised)" : "var(--rule)"}
              stroke={overwritten ? "var(--notyet)" : "var(--edge)"}
              strokeWidth={overwritten ? 2.5 : 1}
            />
            {overwritten && <path d="M2 102 18 72M2 90 12 72M9 102 18 86" stroke="var(--notyet)" />}
            <text x="10" y="92" textAnchor="middle" fontSize="12" fontFamily="var(--font-mono)" fill="var(--ink)">
              {held ?? ""}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
