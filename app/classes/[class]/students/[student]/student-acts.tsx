"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { Field, inputClass } from "../../../../_class/field.tsx";
import { sendJson } from "../../../../_class/send-json.ts";
import { Trouble } from "../../../../_components/trouble.tsx";
import { ChangeLabs } from "../../change-labs.tsx";
import { SaySomething } from "../../help-queue.tsx";

/** What an instructor can do for one student. Each says what it changes before it does so. */
export function StudentActs(props: {
  classId: string;
  student: { id: string; name: string };
  /** Empty: in none. */
  group: string;
  seat: number;
  chapters: { id: string; number: number; title: string }[];
  /** That can be installed anew one by one. */
  nodes: string[];
}) {
  const { classId, student, group, seat, chapters, nodes } = props;
  const router = useRouter();
  const [returnCode, setReturnCode] = useState<string>();
  const path = `/api/classes/${classId}/students/${student.id}`;
  return (
    <section aria-labelledby="acts" className="mt-10 border-t border-rule pt-5">
      <h2 id="acts" className="text-section">
        Help {student.name}
      </h2>
      <SaySomething classId={classId} to={student} alone onDone={() => {}} />
      <details className="mt-4 border-t border-rule pt-3">
        <summary className="font-semibold">Put the lab into another state</summary>
        <ChangeLabs
          classId={classId}
          whose={[{ value: { student: student.id }, label: student.name, labs: 1 }]}
          chapters={chapters}
          nodes={nodes}
        />
      </details>
      <Act
        title="Correct the name"
        button="Change the name"
        act={async (form) => {
          const { name } = await sendJson<{ name: string }>("PATCH", path, { name: String(form.get("name") ?? "") });
          router.refresh();
          return `The student is called ${name} now.`;
        }}
      >
        <Field label="Name">
          <input name="name" required maxLength={200} defaultValue={student.name} className={inputClass} />
        </Field>
      </Act>
      <Act
        title="Correct the seat"
        warning="Whoever sits there changes places with this student. Their labs and passes go with them; real nodes that are named after the seat stay where they are."
        button="Change the seat"
        act={async (form) => {
          await sendJson("PATCH", path, { seat: Number(form.get("seat")) });
          router.refresh();
          return "The seat is changed.";
        }}
      >
        <Field label="Seat">
          <input
            name="seat"
            type="number"
            required
            min={1}
            max={999}
            defaultValue={seat}
            className={`${inputClass} max-w-28`}
          />
        </Field>
      </Act>
      <Act
        title="Put into a group"
        warning="A group shares one lab, and a pass is credited to each member who is there. The student's own lab stays, and is theirs again without a group."
        button="Change the group"
        act={async (form) => {
          await sendJson("PATCH", path, { group: String(form.get("group") ?? "") });
          router.refresh();
          return "Changed. The student's open page shows the other lab after a reload.";
        }}
      >
        <Field label="Group" hint="A name; a new one makes a new group. Empty: in no group.">
          <input name="group" maxLength={200} defaultValue={group} className={inputClass} />
        </Field>
      </Act>
      <Act
        title="Make a return code"
        warning="For a student who lost theirs: it signs in on any device. The code before ends."
        button="Make a return code"
        act={async () => {
          setReturnCode((await sendJson<{ returnCode: string }>("PATCH", path, { returnCode: true })).returnCode);
          return "Give it to this student alone; it is shown only now.";
        }}
      >
        {returnCode && <p className="my-3 font-mono text-section">{returnCode}</p>}
      </Act>
      <Act
        title="Take out of the class"
        warning={`${student.name} is in this class no more and leaves its lab. What they passed stays in the results' attempts. Joining again with the code brings them back.`}
        button={`Take ${student.name} out`}
        act={async () => {
          await sendJson("PATCH", path, { leave: true });
          router.push(`/classes/${classId}`);
          return "";
        }}
      />
    </section>
  );
}

function Act(props: {
  title: string;
  warning?: string;
  button: string;
  act: (form: FormData) => Promise<string>;
  children?: ReactNode;
}) {
  const [said, setSaid] = useState<string>();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const go = async (form: FormData) => {
    setBusy(true);
    setTrouble(undefined);
    setSaid(undefined);
    try {
      setSaid(await props.act(form));
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <details className="mt-4 border-t border-rule pt-3">
      <summary className="font-semibold">{props.title}</summary>
      <form
        className="max-w-[34rem]"
        onSubmit={(event) => {
          event.preventDefault();
          void go(new FormData(event.currentTarget));
        }}
      >
        {props.warning && <p className="mt-2 text-quiet">{props.warning}</p>}
        {props.children}
        <p className="mt-3">
          <button type="submit" className="button" disabled={busy}>
            {props.button}
          </button>
        </p>
        <p role="status">{said}</p>
        <Trouble>{trouble}</Trouble>
      </form>
    </details>
  );
}
