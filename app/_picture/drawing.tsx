"use client";

/** Nodes and cables, drawn; each is a button that says how it is and what can be done with it. */
import { Activity, Unplug } from "lucide-react";
import type { LabFault } from "../../gateway/protocol.ts";
import { useWords } from "../_words/words.tsx";
import { type DrawnGuest, guestsOn } from "./guests-on.ts";
import { type DrawnLink, drawnLinks, nodePlaces, type Place } from "./picture-layout.ts";
import { guestsSentence, isDisturbed, linkSentence, nodeSentence, standingOf, votesLine } from "./picture-words.ts";
import { Action, Sheet } from "./sheet.tsx";
import { StandingMark, standingColour } from "./standing-mark.tsx";
import type { LivePicture } from "./use-picture.ts";

/** @param props.cables before they are known, there is room for those of two networks */
export function Drawing(props: { names: readonly string[]; live: LivePicture; cables: boolean }) {
  const { names, live, cables } = props;
  const { surroundings } = live;
  const words = useWords();
  const places = nodePlaces(names.length);
  const links = drawnLinks(names, surroundings?.links ?? []);
  const several = surroundings ? new Set(links.map(({ link }) => link.network)).size > 1 : cables;
  const powered = (name: string) => surroundings?.nodes.find((node) => node.name === name)?.power !== "off";
  return (
    <figure
      aria-label={words("picture.drawing")}
      className={`relative mx-auto w-full max-w-[34rem] ${names.length > 4 ? "h-80" : several ? "h-68" : "h-52"}`}
    >
      <svg aria-hidden="true" className="absolute inset-0 h-full w-full">
        {links.map((drawn) => (
          <Cable key={drawn.key} drawn={drawn} dead={!drawn.link.between.every(powered)} />
        ))}
      </svg>
      <ul aria-label={words("picture.nodes")}>
        {names.map((name, at) => (
          <li key={name}>
            <NodeBox name={name} place={places[at] as Place} live={live} />
          </li>
        ))}
      </ul>
      <ul aria-label={words("picture.cables")}>
        {links.map((drawn) => (
          <li key={drawn.key}>
            <CableMark drawn={drawn} several={several} live={live} />
          </li>
        ))}
      </ul>
    </figure>
  );
}

function Cable({ drawn: { link, from, to, aside }, dead }: { drawn: DrawnLink; dead: boolean }) {
  const colour = link.up && !isDisturbed(link) ? (dead ? "stroke-rule" : "stroke-edge") : "stroke-notyet";
  return (
    <line
      x1={`${from.x}%`}
      y1={`${from.y}%`}
      x2={`${to.x}%`}
      y2={`${to.y}%`}
      transform={`translate(${aside.x} ${aside.y})`}
      className={colour}
      strokeWidth={link.up ? 2 : 1.5}
      strokeDasharray={link.up ? undefined : "3 6"}
    />
  );
}

function NodeBox({ name, place, live }: { name: string; place: Place; live: LivePicture }) {
  const words = useWords();
  const node = live.picture?.nodes.find((other) => other.name === name);
  const power = live.surroundings?.nodes.find((other) => other.name === name)?.power;
  const standing = standingOf(node, power);
  const guests = guestsOn(live.picture, name);
  const said = [
    nodeSentence(words, name, node, power),
    ...(guests.length > 0 ? [guestsSentence(words, guests)] : []),
  ].join(" ");
  const votes = votesLine(words, node, standing);
  const cables = (live.surroundings?.links ?? []).filter(({ between }) => between.includes(name));
  return (
    <Sheet
      said={said}
      trigger={
        <button
          type="button"
          data-standing={standing}
          style={{ left: `${place.x}%`, top: `${place.y}%` }}
          className={`absolute flex min-h-16 w-32 @min-[30rem]:w-36 -translate-x-1/2 -translate-y-1/2 flex-col items-start justify-center rounded-sm border bg-paper px-2 py-1 text-left hover:border-accent data-[state=open]:border-accent ${standing === "off" ? "border-dashed border-edge" : "border-edge"}`}
        >
          <span className={`font-mono text-code font-semibold ${standing === "off" ? "text-quiet" : ""}`}>{name}</span>
          <span className={`flex items-center gap-1.5 text-small font-semibold ${standingColour(standing)}`}>
            <StandingMark standing={standing} />
            {words(`standing.${standing}`)}
          </span>
          {votes !== "" && <span className="text-small text-quiet">{votes}</span>}
          {guests.length > 0 && <GuestMarks guests={guests} />}
          {/* Beside what is seen and not in its place: who speaks to the computer says what they see. */}
          <span className="sr-only">. {said}</span>
        </button>
      }
    >
      {live.controls.includes("power") && power !== undefined && (
        <>
          {power !== "on" && (
            <Action
              live={live}
              faults={[{ kind: "power", node: name, state: "on" }]}
              does={power === "off" ? words("node.starts") : words("node.goes-on")}
            >
              {words(power === "off" ? "node.power-on" : "node.run-again", { node: name })}
            </Action>
          )}
          {power !== "off" && (
            <Action
              live={live}
              faults={[{ kind: "power", node: name, state: "off" }]}
              does={words("node.stops-at-once")}
            >
              {words("power.pull", { node: name })}
            </Action>
          )}
        </>
      )}
      {live.controls.includes("cables") && cables.length > 1 && (
        <Action
          live={live}
          faults={cables
            .filter(({ up }) => up === cables.some((cable) => cable.up))
            .map(({ between, network, up }): LabFault => ({ kind: "link", between, network, up: !up }))}
          does={cables.some(({ up }) => up) ? words("node.alone") : words("node.not-alone")}
        >
          {words(cables.some(({ up }) => up) ? "node.pull-cables" : "node.put-cables-back", { node: name })}
        </Action>
      )}
    </Sheet>
  );
}

const GUESTS_DRAWN = 3;

/** A filled square runs, an empty one does not; an arrow is on its way, a ring is HA's. */
function GuestMarks({ guests }: { guests: readonly DrawnGuest[] }) {
  const more = guests.length - GUESTS_DRAWN;
  return (
    <span aria-hidden="true" className="flex flex-wrap gap-x-2 font-mono text-small text-quiet">
      {guests.slice(0, GUESTS_DRAWN).map(({ vmid, status, ha, moving }) => (
        <span key={vmid} data-guest={vmid} className="flex items-center gap-1">
          <span
            className={`size-2 border border-current ${status === "running" ? "bg-current" : ""} ${ha ? "rounded-full" : ""}`}
          />
          {vmid}
          {moving && "→"}
        </span>
      ))}
      {more > 0 && `+${more}`}
    </span>
  );
}

function CableMark({ drawn, several, live }: { drawn: DrawnLink; several: boolean; live: LivePicture }) {
  const { link, mark, aside } = drawn;
  const words = useWords();
  const said = linkSentence(words, link, several);
  const { between, network, up } = link;
  const disturbed = isDisturbed(link);
  const where = { left: `calc(${mark.x}% + ${aside.x}px)`, top: `calc(${mark.y}% + ${aside.y}px)` };
  if (!live.controls.includes("cables")) return <span className="sr-only">{said}</span>;
  return (
    <Sheet
      said={said}
      trigger={
        <button
          type="button"
          aria-label={said}
          data-up={up}
          style={where}
          className={`absolute grid size-8 pointer-coarse:size-11 -translate-x-1/2 -translate-y-1/2 place-items-center rounded-sm border bg-paper hover:border-accent hover:text-accent data-[state=open]:border-accent ${up && !disturbed ? "border-rule text-quiet" : "border-notyet text-notyet"}`}
        >
          {disturbed ? (
            <Activity aria-hidden="true" size={14} />
          ) : up ? (
            <svg aria-hidden="true" viewBox="0 0 14 14" width="14" height="14" fill="none" stroke="currentColor">
              <path d="M1 7h12" strokeWidth="1.5" />
              <rect x="4" y="4.5" width="6" height="5" fill="var(--paper)" strokeWidth="1.3" />
            </svg>
          ) : (
            <Unplug aria-hidden="true" size={14} />
          )}
        </button>
      }
    >
      <Action
        live={live}
        faults={[{ kind: "link", between, network, up: !up }]}
        does={up ? words("link.nothing-passes") : words("link.passes")}
      >
        {words(up ? "link.pull" : "link.put-back")}
      </Action>
    </Sheet>
  );
}
