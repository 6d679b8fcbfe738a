import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { FontPreloads } from "./_components/font-preloads.tsx";
import { OfflineBanner } from "./_components/offline-banner.tsx";
import { chosenTheme } from "./_components/theme.ts";
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
  return (
    <html lang="en" data-theme={theme === "system" ? undefined : theme} suppressHydrationWarning>
      <body className="flex flex-col">
        <FontPreloads />
        <OfflineBanner />
        {children}
      </body>
    </html>
  );
}
