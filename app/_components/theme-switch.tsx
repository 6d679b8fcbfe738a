"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { useWords } from "../_words/words.tsx";
import { keepChoice } from "./kept-choice.ts";

export type Theme = "system" | "light" | "dark";

const order: Theme[] = ["system", "light", "dark"];
const icons = { system: Monitor, light: Sun, dark: Moon };

/** Goes round system, light, dark. Kept in a cookie, so that the first paint of the next page is right. */
export function ThemeSwitch({ initial }: { initial: Theme }) {
  const words = useWords();
  const [theme, setTheme] = useState(initial);
  const next = order[(order.indexOf(theme) + 1) % order.length] as Theme;
  const Icon = icons[theme];

  const change = () => {
    setTheme(next);
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    keepChoice("theme", next);
    window.dispatchEvent(new Event("quorate-theme"));
  };

  return (
    <button
      type="button"
      onClick={change}
      className="button button-bare"
      aria-label={words("theme.change", { theme: words(`theme.${theme}`), next: words(`theme.${next}`) })}
      title={words("theme.theme", { theme: words(`theme.${theme}`) })}
    >
      <Icon aria-hidden="true" size={16} />
    </button>
  );
}
