"use client";

import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { EXAMPLE_INVENTORY } from "../../labs/inventory/example-inventory.ts";
import { inputClass } from "../_class/field.tsx";
import { sendJson } from "../_class/send-json.ts";

/** An inventory pasted, or read from a file into the same field; what is wrong stands below it, a line each. */
export function ImportForm() {
  const router = useRouter();
  const text = useRef<HTMLTextAreaElement>(null);
  const [said, setSaid] = useState<{ good: boolean; text: string }>();
  const keep = async () => {
    setSaid(undefined);
    try {
      const { name } = await sendJson<{ name: string }>("POST", "/api/inventories", {
        yaml: text.current?.value ?? "",
      });
      if (text.current) text.current.value = "";
      setSaid({ good: true, text: `${name} is kept. Examine it next.` });
      router.refresh();
    } catch (error) {
      setSaid({ good: false, text: (error as Error).message });
    }
  };
  return (
    <section aria-labelledby="import" className="mt-10 border-t-2 border-edge pt-4">
      <h2 id="import" className="text-section">
        Import an inventory
      </h2>
      <p className="mt-1 max-w-[64ch] text-quiet">
        One of the same name is replaced; its seats keep their labs. Passwords and keys are sealed and never shown
        again. Commands in it run on this server.
      </p>
      <details className="mt-2">
        <summary>An example: eight groups with three nodes each</summary>
        <pre className="mt-2 overflow-x-auto border-l-2 border-rule pl-3 font-mono text-code">{EXAMPLE_INVENTORY}</pre>
      </details>
      <form
        className="mt-3"
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        <label className="block">
          YAML
          <textarea
            ref={text}
            required
            rows={12}
            spellCheck={false}
            autoComplete="off"
            className={`${inputClass} font-mono text-code`}
          />
        </label>
        <p className="mt-3 flex flex-wrap items-center gap-3">
          <button type="submit" className="button button-lead">
            Import
          </button>
          <label>
            <span className="mr-2">From a file</span>
            <input
              type="file"
              accept=".yaml,.yml"
              className="max-w-full text-small"
              onChange={(event) => {
                const [file] = event.currentTarget.files ?? [];
                void file?.text().then((read) => {
                  if (text.current) text.current.value = read;
                });
              }}
            />
          </label>
        </p>
      </form>
      {said && (
        <p
          role={said.good ? "status" : "alert"}
          className={`mt-3 border-l-2 pl-3 whitespace-pre-line [overflow-wrap:anywhere] ${said.good ? "border-passed" : "border-notyet"}`}
        >
          {said.text}
        </p>
      )}
    </section>
  );
}
