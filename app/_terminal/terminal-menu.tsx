"use client";

/** What one can do with a terminal beyond typing into it. */
import { DropdownMenu } from "radix-ui";
import { useWords } from "../_words/words.tsx";
import { canFullScreen, toggleFullScreen } from "./full-screen.ts";
import type { TakenKey } from "./terminal-keys.ts";
import {
  changeSettings,
  FONT_SIZE_PX,
  TERMINAL_THEMES,
  type TerminalTheme,
  useTerminalSettings,
} from "./terminal-settings.ts";

export interface TerminalMenuProps {
  /** Two nodes at least. */
  canSplit: boolean;
  onSearch(): void;
  onTranscript(): void;
  onFiles(): void;
  /** Type a control character that the browser keeps for itself. */
  onControl(letter: TakenKey): void;
  /** Where the class records: whether this person's terminals are, and the switch. */
  recording?: { labId: string; on: boolean; change(on: boolean): void } | undefined;
}

const item =
  "flex min-h-8 cursor-default items-center gap-3 px-3 data-[highlighted]:bg-raised data-[highlighted]:text-accent data-[disabled]:text-quiet";

export function TerminalMenu({ canSplit, onSearch, onTranscript, onFiles, onControl, recording }: TerminalMenuProps) {
  const words = useWords();
  const { fontSizePx, sideBySide, screenReader, bell, theme } = useTerminalSettings();
  const grow = (by: number) => (event: Event) => {
    // Several steps in a row.
    event.preventDefault();
    changeSettings({ fontSizePx: fontSizePx + by });
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button button-bare ml-auto min-h-9 shrink-0 px-3 text-small">
        {words("terminal.menu")}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          className="z-50 max-h-[var(--radix-dropdown-menu-content-available-height)] min-w-56 overflow-y-auto border border-edge bg-paper py-1 text-small"
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <DropdownMenu.Item className={item} onSelect={onSearch}>
            {words("terminal.search")} <span className="ml-auto text-quiet">Ctrl+Shift+F</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={item} onSelect={onTranscript}>
            {words("terminal.as-text")}
          </DropdownMenu.Item>
          <DropdownMenu.Item className={item} onSelect={onFiles}>
            {words("terminal.files")}
          </DropdownMenu.Item>
          {canFullScreen() && (
            <DropdownMenu.Item className={item} onSelect={() => void toggleFullScreen()}>
              {words("terminal.full-screen")}
            </DropdownMenu.Item>
          )}
          <DropdownMenu.Separator className="my-1 border-t border-rule" />
          <DropdownMenu.Label className="px-3 py-1 text-quiet">{words("terminal.kept-keys")}</DropdownMenu.Label>
          {(["w", "t", "n"] as const).map((letter) => (
            <DropdownMenu.Item key={letter} className={item} onSelect={() => onControl(letter)}>
              {words("terminal.send", { key: `Ctrl+${letter.toUpperCase()}` })}
              <span className="ml-auto text-quiet">Ctrl+Alt+{letter.toUpperCase()}</span>
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Separator className="my-1 border-t border-rule" />
          <DropdownMenu.Item className={item} onSelect={grow(1)} disabled={fontSizePx >= FONT_SIZE_PX.max}>
            {words("terminal.larger")} <span className="ml-auto text-quiet">{fontSizePx} px</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={item} onSelect={grow(-1)} disabled={fontSizePx <= FONT_SIZE_PX.min}>
            {words("terminal.smaller")}
          </DropdownMenu.Item>
          <DropdownMenu.Separator className="my-1 border-t border-rule" />
          {canSplit && (
            <Choice
              label={words("terminal.side-by-side")}
              checked={sideBySide}
              change={(is) => changeSettings({ sideBySide: is })}
            />
          )}
          <Choice
            label={words("terminal.screen-reader")}
            checked={screenReader}
            change={(is) => changeSettings({ screenReader: is })}
          />
          <Choice label={words("terminal.bell")} checked={bell} change={(is) => changeSettings({ bell: is })} />
          <DropdownMenu.Separator className="my-1 border-t border-rule" />
          <DropdownMenu.Label className="px-3 py-1 text-quiet">{words("terminal.colours")}</DropdownMenu.Label>
          <DropdownMenu.RadioGroup value={theme} onValueChange={(to) => changeSettings({ theme: to as TerminalTheme })}>
            {TERMINAL_THEMES.map((one) => (
              <DropdownMenu.RadioItem key={one} value={one} className={item}>
                {words(`terminal.colours-${one}`)}
                <span aria-hidden="true" className="ml-auto">
                  {one === theme ? words("terminal.chosen") : ""}
                </span>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          {recording && (
            <>
              <DropdownMenu.Separator className="my-1 border-t border-rule" />
              <Choice label={words("terminal.record-mine")} checked={recording.on} change={recording.change} />
              <DropdownMenu.Item className={item} asChild>
                <a href={`/recordings?lab=${encodeURIComponent(recording.labId)}`}>{words("terminal.my-recordings")}</a>
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Choice({ label, checked, change }: { label: string; checked: boolean; change(is: boolean): void }) {
  const words = useWords();
  return (
    <DropdownMenu.CheckboxItem className={item} checked={checked} onCheckedChange={change}>
      {label}
      <span aria-hidden="true" className="ml-auto">
        {words(checked ? "terminal.on" : "terminal.off")}
      </span>
    </DropdownMenu.CheckboxItem>
  );
}
