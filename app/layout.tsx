import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { FontPreloads } from "./_components/font-preloads.tsx";
import { OfflineBanner } from "./_components/offline-banner.tsx";
import { chosenTheme } from "./_components/theme.ts";
import { reader } from "./_words/reader.ts";
import { WordsProvider } from "./_words/words.tsx";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Quorate", template: "%s · Quorate" },
  description: "Learn Proxmox VE clusters and VM migration by doing.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f2f3f2" },
    { media: "(prefers-color-scheme: dark)", color: "#1c2025" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = await chosenTheme();
  const { language, catalogue } = await reader();
  return (
    <html lang={language} data-theme={theme === "system" ? undefined : theme} suppressHydrationWarning>
      <body className="flex flex-col">
        <FontPreloads />
        <WordsProvider catalogue={catalogue}>
          <OfflineBanner />
          {children}
        </WordsProvider>
      </body>
    </html>
  );
}
