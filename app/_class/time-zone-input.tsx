"use client";

import { type ComponentProps, useEffect, useId, useState } from "react";
import { inputClass } from "./field.tsx";

/** Name of a time zone, such as `Africa/Nairobi`; the browser offers those it knows while one types. */
export function TimeZoneInput(props: Omit<ComponentProps<"input">, "list" | "className">) {
  const id = useId();
  const [names, setNames] = useState<string[]>([]);
  // Not on the server: its list may be another one, and is long to send.
  useEffect(() => setNames(Intl.supportedValuesOf("timeZone")), []);
  return (
    <>
      <input required maxLength={80} list={id} autoComplete="off" className={inputClass} {...props} />
      <datalist id={id}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
