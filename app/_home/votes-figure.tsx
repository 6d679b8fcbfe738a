import type { PageWords } from "../_words/page-words-of.ts";

/** The idea that the course turns on, in one drawing: three nodes, a cut, and the side that may go on. */
export function VotesFigure({ words }: { words: PageWords }) {
  return (
    <figure>
      <svg viewBox="0 0 352 262" className="w-full" role="img" aria-labelledby="votes-title" fill="none">
        <title id="votes-title">{words("votes.title")}</title>
        <g stroke="var(--edge)" strokeWidth="1.25">
          <path d="M96 84 96 168" />
          <path d="M142 62 184 76M220 88 256 100" strokeDasharray="4 3" />
          <path d="M142 190 184 170M220 153 256 136" strokeDasharray="4 3" />
        </g>
        <path d="M202 14V238" stroke="var(--notyet)" strokeWidth="1.5" strokeDasharray="7 5" />
        <Node x={50} y={40} name="pve1" votes />
        <Node x={50} y={168} name="pve2" votes />
        <Node x={256} y={96} name="pve3" />
        <g fontFamily="var(--font-sans)" fontSize="14">
          <text x="96" y="240" textAnchor="middle" fill="var(--passed)" fontWeight="600">
            {words("votes.quorate")}
          </text>
          <text x="302" y="168" textAnchor="middle" fill="var(--notyet)" fontWeight="600">
            {words("votes.stops")}
          </text>
          <text x="210" y="250" fill="var(--quiet)" fontSize="13">
            {words("votes.cut")}
          </text>
        </g>
      </svg>
      <figcaption className="mt-2 border-t border-rule pt-2 text-small text-quiet">{words("votes.caption")}</figcaption>
    </figure>
  );
}

function Node({ x, y, name, votes = false }: { x: number; y: number; name: string; votes?: boolean }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect width="92" height="44" rx="3" fill="var(--raised)" stroke="var(--ink)" strokeWidth="1.25" />
      <circle
        cx="18"
        cy="22"
        r="6"
        fill={votes ? "var(--accent)" : "var(--paper)"}
        stroke="var(--ink)"
        strokeWidth="1.25"
      />
      <text x="34" y="27" fill="var(--ink)" fontFamily="var(--font-mono)" fontSize="14">
        {name}
      </text>
    </g>
  );
}
