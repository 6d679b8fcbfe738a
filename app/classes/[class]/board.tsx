"use client";

/** Students by steps. Every cell is a button: Tab and arrow keys reach it, Enter shows its attempts. */
import { Hand } from "lucide-react";
import Link from "next/link";
import { type KeyboardEvent, useEffect, useState } from "react";
import { classSteps } from "../../../classroom/class-steps.ts";
import type { BoardCell, BoardStudent } from "../../../gateway/protocol.ts";
import { ScrollRegion } from "../../_components/scroll-region.tsx";
import { VerdictMark } from "../../_components/verdict-mark.tsx";
import { stateWords } from "../../_course/verdicts.ts";
import { sentence } from "../../_words/sentence.ts";
import { Attempts } from "./attempts.tsx";
import { type BoardOrder, type BoardShow, boardRows, reachedCells } from "./board-rows.ts";
import { HelpQueue, SaySomething } from "./help-queue.tsx";
import { StepSummaries } from "./step-summaries.tsx";
import { useBoard } from "./use-board.ts";

export interface BoardChapter {
  id: string;
  number: number;
  title: string;
  steps: { id: string; title: string }[];
}

interface Chosen {
  student: string;
  step: string;
}

export function Board(props: { classId: string; chapters: BoardChapter[]; students: BoardStudent[] }) {
  const { classId, chapters } = props;
  const { students: told, help, live, refusal } = useBoard(classId, props.students);
  const [projector, setProjector] = useProjector();
  /** Id of the chapter that is shown alone; empty for all. */
  const [only, setOnly] = useState("");
  const [chosen, setChosen] = useState<Chosen>();
  const [order, setOrder] = useState<BoardOrder>("seat");
  const [show, setShow] = useState<BoardShow>("all");
  const [to, setTo] = useState<{ id: string; name: string }>();
  const columns = chapters.flatMap((chapter) =>
    chapter.steps.map((step, at) => ({
      ...step,
      key: `${chapter.id}/${step.id}`,
      chapter,
      label: `${chapter.number}.${at + 1}`,
    })),
  );
  const students = reachedCells(
    told,
    columns.map(({ key }) => key),
  );
  const shown = only === "" ? columns : columns.filter(({ chapter }) => chapter.id === only);
  const here = students.filter(({ present }) => present).length;
  const stuck = students.filter(({ cells }) => cells.some((cell) => cell.stuck)).length;
  const waiting = new Set(help.map(({ student }) => student.id));
  const rows = boardRows(students, { order, show, waiting });
  const nameOf = (student: { name: string; seat: string }) =>
    projector ? `Seat ${student.seat.slice(1)}` : student.name;
  const one = students.find(({ id }) => id === chosen?.student);
  const column = columns.find(({ key }) => key === chosen?.step);

  return (
    <>
      {!projector && (
        <HelpQueue
          classId={classId}
          help={help}
          nameOf={nameOf}
          tell={({ student, step }) => ({
            title: columns.find(({ key }) => key === step)?.title,
            reason: students.find(({ id }) => id === student.id)?.cells.find((cell) => cell.step === step)?.reason,
          })}
          onSay={({ id, name }) => setTo({ id, name })}
        />
      )}
      {!projector && <SaySomething key={to?.id ?? "all"} classId={classId} to={to} onDone={() => setTo(undefined)} />}
      <section aria-label="Board" className="mt-8">
        <div className="flex flex-wrap items-center gap-x-5 gap-y-2">
          <h2 className="text-section">Board</h2>
          <p className="grow text-quiet">
            {students.length} joined, {here} here now, {stuck} stuck, {help.length} waiting for help
            {!live && <strong className="text-notyet"> (no connection: as it was last seen)</strong>}
          </p>
          <label>
            <span className="sr-only">Chapter</span>
            <select value={only} onChange={(event) => setOnly(event.target.value)} className="button max-w-56">
              <option value="">All open chapters</option>
              {chapters
                .filter(({ steps }) => steps.length > 0)
                .map(({ id, number, title }) => (
                  <option key={id} value={id}>
                    {number} {title}
                  </option>
                ))}
            </select>
          </label>
          <label>
            <span className="sr-only">Order</span>
            <select value={order} onChange={(event) => setOrder(event.target.value as BoardOrder)} className="button">
              <option value="seat">By seat</option>
              <option value="name">By name</option>
              {students.some(({ group }) => group !== undefined) && <option value="group">By group</option>}
              <option value="least">Least passed first</option>
            </select>
          </label>
          <label>
            <span className="sr-only">Show</span>
            <select value={show} onChange={(event) => setShow(event.target.value as BoardShow)} className="button">
              <option value="all">Everybody</option>
              <option value="help">Waiting for help</option>
              <option value="stuck">Stuck</option>
              <option value="here">Here now</option>
              <option value="away">Not here</option>
            </select>
          </label>
          <button
            type="button"
            className="button"
            aria-pressed={projector}
            onClick={() => {
              setProjector(!projector);
              setChosen(undefined);
            }}
          >
            {projector ? "Show names" : "Projector: hide names"}
          </button>
        </div>
        {refusal && <p role="alert">{sentence(refusal)}</p>}
        {students.length === 0 ? (
          <p className="mt-4 text-body">Nobody has joined yet. Students appear here as they do.</p>
        ) : rows.length === 0 ? (
          <p className="mt-4 text-body">Nobody is like that now.</p>
        ) : (
          <ScrollRegion label="Students and steps" className="mt-4">
            <table className="border-collapse text-left" onKeyDown={moveFocus}>
              <thead>
                <tr>
                  <th scope="col" className="sticky left-0 bg-paper py-1 pr-4">
                    {projector ? "Seat" : "Student"}
                  </th>
                  {shown.map(({ key, label, title }) => (
                    <th key={key} scope="col" title={title} className="px-1 py-1 text-center font-mono text-small">
                      {label}
                      <span className="sr-only"> {title}</span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((student, row) => (
                  <tr key={student.id} className="border-t border-rule">
                    <th
                      scope="row"
                      className="sticky left-0 max-w-[9rem] bg-paper py-1 pr-4 font-normal wide:max-w-[18rem]"
                    >
                      {projector ? (
                        <span className="block truncate leading-relaxed">{nameOf(student)}</span>
                      ) : (
                        <Link
                          href={`/classes/${classId}/students/${student.id}`}
                          className="block truncate leading-relaxed hover:text-accent"
                        >
                          {nameOf(student)}
                        </Link>
                      )}
                      <span className="flex items-center gap-1 text-small text-quiet">
                        {waiting.has(student.id) && (
                          <>
                            <Hand aria-hidden="true" size={14} className="text-accent" />
                            <span className="sr-only">waits for help, </span>
                          </>
                        )}
                        {student.group !== undefined && !projector && `${student.group}, `}
                        {student.present ? "here" : student.seen ? "away" : "never seen"}
                      </span>
                    </th>
                    {shown.map(({ key, title }, at) => {
                      const cell = student.cells.find(({ step }) => step === key);
                      return (
                        <td key={key} className="p-0.5 text-center">
                          <button
                            type="button"
                            data-cell={`${row} ${at}`}
                            className="inline-flex size-9 items-center justify-center rounded-sm border border-transparent hover:border-edge aria-[current]:border-accent"
                            aria-current={chosen?.student === student.id && chosen.step === key ? "true" : undefined}
                            aria-label={`${nameOf(student)}, ${title}: ${cellWords(cell)}`}
                            title={cellWords(cell)}
                            onClick={() => setChosen({ student: student.id, step: key })}
                          >
                            <VerdictMark state={cell?.state ?? "unchecked"} />
                            {cell?.stuck && (
                              <span aria-hidden="true" className="font-semibold text-notyet">
                                !
                              </span>
                            )}
                          </button>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollRegion>
        )}
        {one && column && (
          <Attempts
            key={`${one.id} ${column.key}`}
            classId={classId}
            student={{ id: one.id, name: nameOf(one) }}
            step={{ key: column.key, title: column.title }}
            onClose={() => setChosen(undefined)}
          />
        )}
        <StepSummaries
          columns={shown}
          summaries={classSteps(
            students,
            shown.map(({ key }) => key),
          )}
        />
      </section>
    </>
  );
}

function cellWords(cell: BoardCell | undefined): string {
  const words = stateWords[cell?.state ?? "unchecked"];
  const reason = cell?.reason ? `. ${sentence(cell.reason)}` : "";
  return `${words}${cell?.stuck ? ", stuck" : ""}${reason}`;
}

/** While it is on, everything that is not for the room is away: names, controls, the code to join with. */
function useProjector(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(false);
  useEffect(() => {
    document.body.toggleAttribute("data-projector", on);
    return () => document.body.removeAttribute("data-projector");
  }, [on]);
  return [on, setOn];
}

/** Arrow keys move from cell to cell. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>): void {
  const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const place = (event.target as HTMLElement).dataset.cell?.split(" ").map(Number);
  if (!move || !place) return;
  const next = `${place[0]! + move[0]!} ${place[1]! + move[1]!}`;
  const cell = event.currentTarget.querySelector<HTMLElement>(`[data-cell="${next}"]`);
  if (!cell) return;
  event.preventDefault();
  cell.focus();
}
