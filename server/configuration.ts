/**
 * Configuration: environment variables, read once at start and passed down as values. `docs/running.md` lists them.
 *
 * `HOST` decides the mode: on loopback whoever opens the page is the local learner, on any other address people sign in.
 */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import type { SingleSignOn } from "../classroom/single-sign-on.ts";
import { StartRefused } from "./start-refused.ts";

export interface Configuration {
  mode: "self-paced" | "shared";
  /** Address the gateway listens on. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** PostgreSQL of the school's own; undefined for the bundled one. */
  databaseUrl: string | undefined;
  /** Absolute. Everything that is kept lies below it. */
  dataFolder: string;
  /** Files of a certificate chain and its key, PEM. */
  tls: { certFile: string; keyFile: string } | undefined;
  /** Addresses or networks of proxies whose `X-Forwarded-*` headers are believed. */
  trustedProxies: string[];
  /** Host names accepted besides the loopback ones (self-paced); in shared mode empty accepts every name. */
  allowedHosts: string[];
  /** A provider by which people sign in to shared mode; undefined for none. */
  singleSignOn: SingleSignOn | undefined;
  /** How long shells stay. */
  shells: { detachedMinutes: number; idleHours: number; mostHours: number };
  /** Pages are compiled as they are asked for. */
  dev: boolean;
}

const blankIsAbsent = (value: unknown) => (typeof value === "string" && value.trim() === "" ? undefined : value);
const list = z.preprocess(
  blankIsAbsent,
  z
    .string()
    .optional()
    .transform((text) =>
      (text ?? "")
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    ),
);
const optionalText = z.preprocess(blankIsAbsent, z.string().trim().optional());

/** A whole number within bounds. */
const number = (least: number, most: number, unlessSaid: number) =>
  z.preprocess(
    blankIsAbsent,
    z
      .string()
      .trim()
      .regex(/^\d{1,6}$/, `is not a whole number from ${least} to ${most}`)
      .transform(Number)
      .refine((value) => value >= least && value <= most, `is not a whole number from ${least} to ${most}`)
      .default(unlessSaid),
  );

const environment = z.object({
  PORT: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .trim()
      .regex(/^\d{1,5}$/, "is not a port number; use one from 1 to 65535")
      .transform(Number)
      .refine((port) => port <= 65_535, "is not a port number; use one from 1 to 65535")
      .default(3000),
  ),
  HOST: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .trim()
      .regex(
        /^[A-Za-z0-9.:_-]+$/,
        "is not an address or name; use 127.0.0.1, 0.0.0.0 or one of this machine's addresses",
      )
      .default("127.0.0.1"),
  ),
  DATABASE_URL: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .trim()
      .regex(
        /^postgres(ql)?:\/\/\S+$/,
        "is not a PostgreSQL address; use postgresql://USER:PASSWORD@HOST:5432/DATABASE",
      )
      .refine((text) => URL.canParse(text), "is not a URL; write special characters of the password as %XX")
      .optional(),
  ),
  QUORATE_DATA: optionalText,
  QUORATE_TLS_CERT: optionalText,
  QUORATE_TLS_KEY: optionalText,
  TRUST_PROXY: list.refine(
    (items) => items.every((item) => /^([0-9a-fA-F.:]+(\/\d{1,3})?|loopback)$/.test(item)),
    "names proxies by address or network, separated by commas: 10.0.0.5,192.168.1.0/24,loopback",
  ),
  // Half an hour is what a lunch break, or a walk to another room, takes.
  QUORATE_SHELL_DETACHED_MINUTES: number(30, 10_080, 120),
  QUORATE_SHELL_IDLE_HOURS: number(1, 168, 12),
  QUORATE_SHELL_HOURS: number(1, 720, 168),
  QUORATE_ALLOWED_HOSTS: list.refine(
    (items) => items.every((item) => /^[A-Za-z0-9._-]+$|^\[[0-9a-fA-F:]+\]$/.test(item)),
    "lists host names without scheme or port, separated by commas: quorate.school.example,192.168.1.20",
  ),
  QUORATE_OIDC_DISCOVERY_URL: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .trim()
      .refine(
        isDiscoveryUrl,
        "is not the https:// address of a provider's discovery document, which ends in /.well-known/openid-configuration",
      )
      .optional(),
  ),
  QUORATE_OIDC_CLIENT_ID: optionalText,
  QUORATE_OIDC_CLIENT_SECRET: optionalText,
  QUORATE_OIDC_NAME: z.preprocess(
    blankIsAbsent,
    z.string().trim().max(40, "is too long for a button; use at most 40 characters").default("your school's account"),
  ),
});

/** Plain HTTP only where the provider runs on this machine. */
function isDiscoveryUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  if (!pathname.endsWith("/.well-known/openid-configuration")) return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** Their values are not printed. */
const secrets = ["DATABASE_URL", "QUORATE_OIDC_CLIENT_SECRET"];
const known = new Set(Object.keys(environment.shape));

/**
 * @param env the process's environment
 * @param flags `dev` from the command line
 * @throws StartRefused naming each wrong variable and what it may be
 */
export function readConfiguration(env: NodeJS.ProcessEnv, flags: { dev: boolean } = { dev: false }): Configuration {
  const problems: string[] = [];
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      problems.push(`${name}=${secrets.includes(name) ? "..." : env[name]} ${issue.message}.`);
    }
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith("QUORATE_") && !known.has(name)) {
      problems.push(`${name} is not a variable of Quorate; it knows ${[...known].join(", ")}.`);
    }
  }
  if (!parsed.success || problems.length > 0) throw new StartRefused(problems.join(" "));

  const values = parsed.data;
  if ((values.QUORATE_TLS_CERT === undefined) !== (values.QUORATE_TLS_KEY === undefined)) {
    const missing = values.QUORATE_TLS_CERT === undefined ? "QUORATE_TLS_CERT" : "QUORATE_TLS_KEY";
    throw new StartRefused(`${missing} is missing: HTTPS needs both QUORATE_TLS_CERT and QUORATE_TLS_KEY.`);
  }
  const singleSignOn = singleSignOnOf(values);
  const host = values.HOST === "localhost" ? "127.0.0.1" : values.HOST;
  return {
    mode: isLoopback(host) ? "self-paced" : "shared",
    host,
    port: values.PORT,
    databaseUrl: values.DATABASE_URL,
    dataFolder: values.QUORATE_DATA ? resolve(values.QUORATE_DATA) : defaultDataFolder(process.platform, env),
    tls:
      values.QUORATE_TLS_CERT && values.QUORATE_TLS_KEY
        ? { certFile: resolve(values.QUORATE_TLS_CERT), keyFile: resolve(values.QUORATE_TLS_KEY) }
        : undefined,
    trustedProxies: values.TRUST_PROXY,
    allowedHosts: values.QUORATE_ALLOWED_HOSTS,
    singleSignOn,
    shells: {
      detachedMinutes: values.QUORATE_SHELL_DETACHED_MINUTES,
      idleHours: values.QUORATE_SHELL_IDLE_HOURS,
      mostHours: values.QUORATE_SHELL_HOURS,
    },
    dev: flags.dev,
  };
}

/** @throws StartRefused when only a part of it is said */
function singleSignOnOf(values: z.infer<typeof environment>): SingleSignOn | undefined {
  const {
    QUORATE_OIDC_DISCOVERY_URL: discoveryUrl,
    QUORATE_OIDC_CLIENT_ID: clientId,
    QUORATE_OIDC_CLIENT_SECRET: clientSecret,
  } = values;
  if (discoveryUrl && clientId && clientSecret) {
    return { name: values.QUORATE_OIDC_NAME, discoveryUrl, clientId, clientSecret };
  }
  const needed = ["QUORATE_OIDC_DISCOVERY_URL", "QUORATE_OIDC_CLIENT_ID", "QUORATE_OIDC_CLIENT_SECRET"] as const;
  const missing = needed.filter((name) => values[name] === undefined);
  if (missing.length === needed.length) return undefined;
  throw new StartRefused(`${missing.join(" and ")} missing: single sign-on needs ${needed.join(", ")}.`);
}

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * The user's folder for application data. Root's on Linux is `/var/lib/quorate`: the database runs as another user,
 * who could not reach a folder below `/root`.
 */
export function defaultDataFolder(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, uid = process.getuid?.()): string {
  const home = env.HOME || homedir();
  if (platform === "win32") return join(env.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "Quorate");
  if (platform === "darwin") {
    return uid === 0 ? "/Library/Application Support/Quorate" : join(home, "Library", "Application Support", "Quorate");
  }
  const named = env.XDG_DATA_HOME;
  if (named && isAbsolute(named)) return join(named, "quorate");
  return uid === 0 ? "/var/lib/quorate" : join(home, ".local", "share", "quorate");
}
