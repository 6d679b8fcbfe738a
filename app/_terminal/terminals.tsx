"use client";

/** The terminals of a page as its other parts reach them: which one is shown, and typing into one. */
import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from "react";
import { isTabOf } from "./shell-tabs.ts";

/** What a terminal on the page offers to the rest of it. */
export interface TerminalHandle {
  type(text: string): void;
  focus(): void;
  /** The shell waits for a command, as far as its screen tells: nothing runs, and nothing is typed. */
  atPrompt(): boolean;
  openSearch(): void;
  openTranscript(): void;
  /** End its shell for good. */
  end(): void;
}

export class Desk {
  #shown: string | undefined;
  readonly #handles = new Map<string, TerminalHandle>();
  readonly #waiting = new Map<string, string[]>();
  readonly #listeners = new Set<() => void>();

  get shown(): string | undefined {
    return this.#shown;
  }

  readonly show = (node: string): void => {
    if (this.#shown === node) return;
    this.#shown = node;
    for (const listener of [...this.#listeners]) listener();
  };

  /** Show a terminal and put the cursor into it, as soon as it is open. */
  readonly work = (tab: string): void => {
    this.show(tab);
    const handle = this.#handles.get(tab);
    if (handle) handle.focus();
    else this.#waiting.set(tab, this.#waiting.get(tab) ?? []);
  };

  /** Type a command into the node's terminal, press Enter, and go there. Waits for a terminal that is not open yet. */
  readonly typeInto = (node: string, text: string): void => {
    const tab = this.#shellFor(node);
    this.show(tab);
    const line = `${text.replace(/\r?\n/g, "\r")}\r`;
    const handle = this.#handles.get(tab);
    if (!handle) {
      this.#waiting.set(tab, [...(this.#waiting.get(tab) ?? []), line]);
      return;
    }
    handle.type(line);
    handle.focus();
  };

  /** Whoever works in a node's second shell stays there; where a program runs, a command would not be one. */
  #shellFor(node: string): string {
    const first = isTabOf(this.#shown, node) ? this.#shown : node;
    const others = [...this.#handles.keys()].filter((tab) => isTabOf(tab, node));
    const free = [first, node, ...others].find((tab) => this.#handles.get(tab)?.atPrompt() ?? tab === node);
    return free ?? first;
  }

  handle(node: string): TerminalHandle | undefined {
    return this.#handles.get(node);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** A terminal is there; the function it gives takes it away again. */
  register(node: string, handle: TerminalHandle): () => void {
    this.#handles.set(node, handle);
    const waiting = this.#waiting.get(node);
    this.#waiting.delete(node);
    for (const line of waiting ?? []) handle.type(line);
    if (waiting) handle.focus();
    return () => {
      if (this.#handles.get(node) === handle) this.#handles.delete(node);
    };
  }
}

const Context = createContext<Desk | undefined>(undefined);

/** Around everything that shows terminals or types into them. */
export function TerminalsProvider({ children }: { children: ReactNode }) {
  const [desk] = useState(() => new Desk());
  return <Context.Provider value={desk}>{children}</Context.Provider>;
}

/** @throws outside of a `TerminalsProvider` */
export function useDesk(): Desk {
  const desk = useContext(Context);
  if (!desk) throw new Error("terminals belong inside a TerminalsProvider");
  return desk;
}

export interface Terminals {
  /** Tab that is shown, a node's name for its first shell; undefined before any was chosen: the first. */
  shown: string | undefined;
  show(node: string): void;
  typeInto(node: string, text: string): void;
}

/** @throws outside of a `TerminalsProvider` */
export function useTerminals(): Terminals {
  const desk = useDesk();
  const shown = useSyncExternalStore(
    desk.subscribe,
    () => desk.shown,
    () => undefined,
  );
  return { shown, show: desk.show, typeInto: desk.typeInto };
}
