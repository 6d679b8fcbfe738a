"use client";

/** Ways to keep a service going, and what each does when a node is lost or the sites are cut from each other. */
import { useState } from "react";
import {
  capOf,
  type Design,
  designWords,
  judgeDesign,
  type SideAnswer,
  type Trouble,
} from "../../models/alternatives.ts";
import { Choices, FigureFrame } from "./figure-frame.tsx";

const designs = Object.keys(designWords) as Design[];

export function Alternatives() {
  const [design, setDesign] = useState<Design>("quorum-database");
  const [trouble, setTrouble] = useState<Trouble>("partition");
  const answer = judgeDesign(design, trouble);
  return (
    <FigureFrame
      title="Choose a design, then break it"
      drawing={
        <div className="my-3 grid grid-cols-2 gap-4">
          <Site name="Left site" side={answer.left} cut={trouble === "partition"} lost={trouble === "node-lost"} />
          <Site name="Right site" side={answer.right} cut={trouble === "partition"} lost={false} />
        </div>
      }
      verdict={
        trouble === "partition"
          ? {
              word: capOf(design) === "CP" ? "Consistent, not available." : "Available, not consistent.",
              tone: answer.conflict ? "bad" : "plain",
            }
          : { word: "", tone: "plain" }
      }
      sentence={`${answer.told}${answer.conflict ? " The two sides now have different data." : ""}`}
      controls={
        <>
          <label className="mt-2 flex flex-wrap items-center gap-3">
            Design
            <select
              className="button max-w-full"
              value={design}
              onChange={(event) => setDesign(event.currentTarget.value as Design)}
            >
              {designs.map((name) => (
                <option key={name} value={name}>
                  {designWords[name].title}
                </option>
              ))}
            </select>
          </label>
          <p className="!my-1 text-quiet">{designWords[design].what}</p>
          <Choices
            label="Trouble"
            value={trouble}
            options={[
              ["none", "none"],
              ["node-lost", "the left node is lost"],
              ["partition", "the sites are cut from each other"],
            ]}
            onChange={setTrouble}
          />
        </>
      }
      caption="Partition tolerance is not a choice: networks break. What you choose is what happens then. CP: one side refuses. AP: both go on answering, and somebody may read what is old."
    />
  );
}

const readWords = { fresh: "reads: new data", "maybe old": "reads: perhaps old", refused: "reads: nothing" };
const writeWords = { taken: "writes: taken", refused: "writes: refused", none: "writes: users make none" };

function Site(props: { name: string; side: SideAnswer; cut: boolean; lost: boolean }) {
  const { name, side, cut, lost } = props;
  return (
    <div className={`border p-3 ${cut ? "border-dashed border-notyet" : "border-edge"}`}>
      <strong>{name}</strong>
      {lost && <span className="text-quiet"> (its node is lost)</span>}
      <ul className="!my-1 !list-none !pl-0">
        <li className={side.reads === "fresh" ? "" : "text-notyet"}>
          {side.reads === "refused" ? "✕" : side.reads === "fresh" ? "●" : "◐"} {readWords[side.reads]}
        </li>
        <li className={side.writes === "refused" ? "text-notyet" : ""}>
          {{ taken: "●", refused: "✕", none: "○" }[side.writes]} {writeWords[side.writes]}
        </li>
      </ul>
    </div>
  );
}
