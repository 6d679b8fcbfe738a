/** Receipts for reading and for paper: what each pass rests on. */
import type { JudgedAgain } from "../../grader/receipt.ts";
import { LocalTime } from "../_components/local-time.tsx";
import type { Reader } from "../_words/reader.ts";
import { woven } from "../_words/woven.tsx";
import { PrintButton } from "./print-button.tsx";
import type { ShownReceipt } from "./receipts-document.ts";

type Said = Pick<Reader, "words" | "sentence">;

export function Receipts(props: { receipts: ShownReceipt[]; jsonHref: string; said: Said }) {
  const { receipts, jsonHref, said } = props;
  const { words } = said;
  if (receipts.length === 0) return <p className="mt-4 text-quiet">{words("receipts.none")}</p>;
  const byChapter = [...Map.groupBy(receipts, ({ step }) => step.slice(0, step.lastIndexOf("/"))).entries()];
  return (
    <>
      <p className="no-print mt-4 flex flex-wrap gap-3">
        <PrintButton />
        <a className="button" href={jsonHref} download>
          {words("receipts.all-json")}
        </a>
      </p>
      {byChapter.map(([key, list]) => (
        <section key={key} aria-label={list[0]!.chapter?.title ?? key} className="mt-8">
          <h2 className="text-section">
            {list[0]!.chapter ? (
              <>
                <span className="font-mono text-quiet">{list[0]!.chapter.number}</span>{" "}
                <span lang={list[0]!.chapter.language}>{list[0]!.chapter.title}</span>
              </>
            ) : (
              words("receipts.chapter-gone", { chapter: key })
            )}
          </h2>
          {list.map((pass) => (
            <Receipt key={`${pass.step} ${pass.lab}`} pass={pass} jsonHref={jsonHref} said={said} />
          ))}
        </section>
      ))}
    </>
  );
}

/** What later checks said of the same look; the pass stays whatever that was. */
function Again({ again, said: { words, sentence } }: { again: JudgedAgain; said: Said }) {
  const open = again.checks.filter(({ outcome }) => outcome !== "passed");
  const mono = (inner: string) => <span className="font-mono">{inner}</span>;
  return (
    <div className="mt-2 border-l-2 border-rule pl-3 text-small">
      <p>
        {woven((values) => words("receipts.again", values), [() => <At iso={again.at} />, mono, mono], {
          ...{ by: again.by, checks: again.contentHash.slice(0, 16), grader: again.graderVersion },
        })}{" "}
        {words(open.length === 0 ? "receipts.again-passed" : "receipts.again-open")}
      </p>
      <ul>
        {open.map((check) => (
          <li key={check.key}>{sentence(check.message)}</li>
        ))}
      </ul>
    </div>
  );
}

function Receipt({ pass, jsonHref, said }: { pass: ShownReceipt; jsonHref: string; said: Said }) {
  const { receipt } = pass;
  const { words, sentence } = said;
  const passedAt = () => <At iso={pass.passedAt} />;
  return (
    <article
      id={pass.step.split("/").slice(1).join("/")}
      aria-label={pass.title}
      className="mt-4 scroll-mt-4 break-inside-avoid border-t-2 border-edge pt-2 [overflow-wrap:anywhere]"
    >
      <h3 className="text-step" lang={pass.chapter?.language}>
        {pass.title}
      </h3>
      {pass.waivedFor !== undefined ? (
        <p>{woven((values) => words("receipts.waived", values), [passedAt], { reason: pass.waivedFor })}</p>
      ) : receipt === undefined ? (
        <p>{woven((values) => words("receipts.too-early", values), [passedAt])}</p>
      ) : (
        <>
          <ul className="mt-1">
            {receipt.checks.map((check) => (
              <li key={check.key} className="py-1">
                {sentence(check.message)}
                {check.seen && (
                  <span className="block text-quiet">{words("receipts.seen", { seen: sentence(check.seen) })}</span>
                )}
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
            <dt className="text-quiet">{words("receipts.passed")}</dt>
            <dd>
              <At iso={pass.passedAt} />
            </dd>
            <dt className="text-quiet">{words("receipts.nodes-asked")}</dt>
            <dd>
              <At iso={receipt.observedAt} />:{" "}
              {receipt.nodes
                .map(({ name, answered }) => (answered ? name : words("receipts.no-answer", { node: name })))
                .join(", ")}
            </dd>
            <dt className="text-quiet">{words("receipts.lab")}</dt>
            <dd>
              {words(`kind.${receipt.labBackend}`)}, <span className="font-mono">{pass.lab}</span>
            </dd>
            {pass.credits && (
              <>
                <dt className="text-quiet">{words("receipts.credited")}</dt>
                <dd>
                  {pass.credits.credited.join(", ")}
                  {pass.credits.corrections.map(({ name, credited, reason, at }) => (
                    <span key={`${name} ${at}`} className="block text-quiet">
                      {woven(
                        (values) =>
                          words(credited ? "receipts.instructor-credited" : "receipts.instructor-took-back", values),
                        [() => <At iso={at} />],
                        { name, reason },
                      )}
                    </span>
                  ))}
                </dd>
              </>
            )}
            <dt className="text-quiet">{words("receipts.text-and-checks")}</dt>
            <dd className="font-mono">{pass.contentHash.slice(0, 16)}</dd>
            <dt className="text-quiet">{words("receipts.grader")}</dt>
            <dd className="font-mono">{receipt.graderVersion}</dd>
            {pass.judgement !== undefined && (
              <>
                <dt className="text-quiet">{words("receipts.what-was-seen")}</dt>
                <dd className="no-print">
                  <a href={`${jsonHref}/${pass.judgement}`} download className="text-accent underline">
                    {words("receipts.everything-json")}
                  </a>
                </dd>
              </>
            )}
          </dl>
          {pass.judgedAgain && <Again again={pass.judgedAgain} said={said} />}
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
