"use client";

/** Keys that a touch screen's keyboard lacks. Shown where the pointer is a finger (terminal.css). */
import { useWords } from "../_words/words.tsx";
import { type BarKey, barKeys } from "./key-bar-keys.ts";

export interface KeyBarProps {
  node: string;
  /** Ctrl waits for the next key. */
  control: boolean;
  onControl(): void;
  onKey(key: BarKey): void;
}

export function KeyBar({ node, control, onControl, onKey }: KeyBarProps) {
  const words = useWords();
  // The keyboard on the screen goes away when the terminal loses the focus.
  const keepFocus = (event: React.PointerEvent | React.MouseEvent) => event.preventDefault();
  return (
    <div role="toolbar" aria-label={words("terminal.keys", { node })} className="terminal-keys">
      <button
        type="button"
        aria-pressed={control}
        onPointerDown={keepFocus}
        onMouseDown={keepFocus}
        onClick={onControl}
      >
        Ctrl
      </button>
      {barKeys.map((key) => (
        <button
          key={key.name}
          type="button"
          aria-label={key.name}
          onPointerDown={keepFocus}
          onMouseDown={keepFocus}
          onClick={() => onKey(key)}
        >
          {key.face}
        </button>
      ))}
    </div>
  );
}
