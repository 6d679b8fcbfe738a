/** Receipts for reading and for paper: what each pass rests on. */
import type { JudgedAgain } from "../../grader/receipt.ts";
import { LocalTime } from "../_components/local-time.tsx";
import { sentence } from "../_words/sentence.ts";
import { PrintButton } from "./print-button.tsx";
import type { ShownReceipt } from "./receipts-document.ts";

const KIND = { simulated: "simulated nodes", inventory: "real nodes" } as const;

export function Receipts({ receipts, jsonHref }: { receipts: ShownReceipt[]; jsonHref: string }) {
  if (receipts.length === 0) {
    return <p className="mt-4 text-quiet">No step is passed yet. The first pass brings the first receipt.</p>;
  }
  const byChapter = [...Map.groupBy(receipts, ({ step }) => step.slice(0, step.lastIndexOf("/"))).entries()];
  return (
    <>
      <p className="no-print mt-4 flex flex-wrap gap-3">
        <PrintButton />
        <a className="button" href={jsonHref} download>
          All as JSON
        </a>
      </p>
      {byChapter.map(([key, list]) => (
        <section key={key} aria-label={list[0]!.chapter?.title ?? key} className="mt-8">
          <h2 className="text-section">
            {list[0]!.chapter ? (
              <>
                <span className="font-mono text-quiet">{list[0]!.chapter.number}</span> {list[0]!.chapter.title}
              </>
            ) : (
              `${key}, which the course has no more`
            )}
          </h2>
          {list.map((pass) => (
            <Receipt key={`${pass.step} ${pass.lab}`} pass={pass} jsonHref={jsonHref} />
          ))}
        </section>
      ))}
    </>
  );
}

/** What later checks said of the same look; the pass stays whatever that was. */
function Again({ again }: { again: JudgedAgain }) {
  const open = again.checks.filter(({ outcome }) => outcome !== "passed");
  return (
    <div className="mt-2 border-l-2 border-rule pl-3 text-small">
      <p>
        Judged again <At iso={again.at} /> by {again.by}, with checks{" "}
        <span className="font-mono">{again.contentHash.slice(0, 16)}</span> and grader{" "}
        <span className="font-mono">{again.graderVersion}</span>:{" "}
        {open.length === 0 ? "passed." : "these checks would not pass it today. The pass stays."}
      </p>
      <ul>
        {open.map((check) => (
          <li key={check.key}>{sentence(check.message)}</li>
        ))}
      </ul>
    </div>
  );
}

function Receipt({ pass, jsonHref }: { pass: ShownReceipt; jsonHref: string }) {
  const { receipt } = pass;
  return (
    <article
      id={pass.step.split("/").slice(1).join("/")}
      aria-label={pass.title}
      className="mt-4 scroll-mt-4 break-inside-avoid border-t-2 border-edge pt-2 [overflow-wrap:anywhere]"
    >
      <h3 className="text-step">{pass.title}</h3>
      {pass.waivedFor !== undefined ? (
        <p>
          Waived <At iso={pass.passedAt} />, with no points: {pass.waivedFor}
        </p>
      ) : receipt === undefined ? (
        <p>
          Passed <At iso={pass.passedAt} />. Receipts were not kept yet at that time.
        </p>
      ) : (
        <>
          <ul className="mt-1">
            {receipt.checks.map((check) => (
              <li key={check.key} className="py-1">
                {sentence(check.message)}
                {check.seen && <span className="block text-quiet">Seen: {sentence(check.seen)}</span>}
                {check.evidence.length > 0 && (
                  <ul className="mt-1 border-l-2 border-rule pl-3 font-mono text-small text-quiet">
                    {check.evidence.map(({ node, source, value }) => (
                      <li key={`${node} ${source} ${value}`}>
                        {node && `${node}: `}
                        {source} = {String(value)}
                      </li>
                    ))}
                  </ul>
                )}
              </li>
            ))}
          </ul>
          <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-small">
            <dt className="text-quiet">Passed</dt>
            <dd>
              <At iso={pass.passedAt} />
            </dd>
            <dt className="text-quiet">Nodes asked</dt>
            <dd>
              <At iso={receipt.observedAt} />:{" "}
              {receipt.nodes.map(({ name, answered }) => (answered ? name : `${name} (no answer)`)).join(", ")}
            </dd>
            <dt className="text-quiet">Lab</dt>
            <dd>
              {KIND[receipt.labBackend]}, <span className="font-mono">{pass.lab}</span>
            </dd>
            {pass.credits && (
              <>
                <dt className="text-quiet">Credited</dt>
                <dd>
                  {pass.credits.credited.join(", ")}
                  {pass.credits.corrections.map(({ name, credited, reason, at }) => (
                    <span key={`${name} ${at}`} className="block text-quiet">
                      An instructor {credited ? `credited ${name}` : `took it back from ${name}`}, <At iso={at} />:{" "}
                      {reason}
                    </span>
                  ))}
                </dd>
              </>
            )}
            <dt className="text-quiet">Course text and checks</dt>
            <dd className="font-mono">{pass.contentHash.slice(0, 16)}</dd>
            <dt className="text-quiet">Grader</dt>
            <dd className="font-mono">{receipt.graderVersion}</dd>
            {pass.judgement !== undefined && (
              <>
                <dt className="text-quiet">What was seen</dt>
                <dd className="no-print">
                  <a href={`${jsonHref}/${pass.judgement}`} download className="text-accent underline">
                    Everything that was judged, as JSON
                  </a>
                </dd>
              </>
            )}
          </dl>
          {pass.judgedAgain && <Again again={pass.judgedAgain} />}
        </>
      )}
    </article>
  );
}

/** In the reader's zone, and in UTC for whoever compares it with a node's logs. */
function At({ iso }: { iso: string }) {
  return (
    <>
      <LocalTime ms={Date.parse(iso)} seconds />{" "}
      <span className="text-quiet">({iso.slice(0, 19).replace("T", " ")} UTC)</span>
    </>
  );
}
