import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultDataFolder, readConfiguration } from "./configuration.ts";
import { StartRefused } from "./start-refused.ts";

const read = (env: Record<string, string>) => readConfiguration(env as NodeJS.ProcessEnv);

describe("configuration", () => {
  it("without any variable it is self-paced on loopback port 3000 with the bundled database", () => {
    const configuration = read({});
    expect(configuration).toMatchObject({ mode: "self-paced", host: "127.0.0.1", port: 3000, databaseUrl: undefined });
  });

  it.each([
    ["127.0.0.1", "self-paced"],
    ["localhost", "self-paced"],
    ["::1", "self-paced"],
    ["0.0.0.0", "shared"],
    ["192.168.1.20", "shared"],
    ["::", "shared"],
    ["quorate.school.example", "shared"],
  ])("HOST=%s decides on the mode %s", (host, mode) => {
    expect(read({ HOST: host }).mode).toBe(mode);
  });

  it.each([
    [{ PORT: "http" }, /PORT=http is not a port number/],
    [{ PORT: "70000" }, /PORT=70000 is not a port number; use one from 1 to 65535/],
    [{ HOST: "http://localhost" }, /HOST=http:\/\/localhost is not an address/],
    [{ DATABASE_URL: "mysql://localhost/x" }, /DATABASE_URL=\.\.\. is not a PostgreSQL address/],
    [{ QUORATE_TLS_CERT: "cert.pem" }, /QUORATE_TLS_KEY is missing/],
    [{ TRUST_PROXY: "yes" }, /TRUST_PROXY=yes names proxies by address/],
    [{ QUORATE_ALLOWED_HOSTS: "http://a" }, /QUORATE_ALLOWED_HOSTS=http:\/\/a lists host names without scheme/],
    [{ QUORATE_SHELL_DETACHED_MINUTES: "5" }, /MINUTES=5 is not a whole number from 30 to 10080/],
    [{ QUORATE_SHELL_HOURS: "long" }, /QUORATE_SHELL_HOURS=long is not a whole number/],
    [{ QUORATE_OIDC_DISCOVERY_URL: "http://idp.example/x" }, /DISCOVERY_URL=http:\/\/idp.example\/x is not the https/],
    [
      { QUORATE_OIDC_DISCOVERY_URL: "https://idp.example/realms/u" },
      /which ends in \/.well-known\/openid-configuration/,
    ],
    [{ QUORATE_OIDC_CLIENT_ID: "q" }, /DISCOVERY_URL and QUORATE_OIDC_CLIENT_SECRET missing/],
    [{ QUORATE_OIDC_NAME: "x".repeat(41) }, /QUORATE_OIDC_NAME=x+ is too long for a button/],
    [{ QUORATE_DATE: "/x" }, /QUORATE_DATE is not a variable of Quorate/],
  ])("%j is refused in one line that names the variable", (env, message) => {
    expect(() => read(env)).toThrow(message);
    expect(() => read(env)).toThrow(StartRefused);
    expect(() => read(env)).toThrow(/^[^\n]*$/);
  });

  it("never prints the password of a wrong DATABASE_URL", () => {
    expect(() => read({ DATABASE_URL: "postgresql//u:secret@h/d" })).toThrow(/^(?!.*secret)/);
  });

  it("takes a provider of single sign-on, over plain HTTP on this machine alone", () => {
    const discoveryUrl = "http://127.0.0.1:9000/.well-known/openid-configuration";
    const env = { QUORATE_OIDC_DISCOVERY_URL: discoveryUrl, QUORATE_OIDC_CLIENT_ID: "q" };
    expect(read({ ...env, QUORATE_OIDC_CLIENT_SECRET: "s", QUORATE_OIDC_NAME: "Uni" }).singleSignOn).toEqual({
      ...{ name: "Uni", discoveryUrl, clientId: "q", clientSecret: "s" },
    });
    expect(read({}).singleSignOn).toBeUndefined();
  });

  it("an empty variable counts as absent", () => {
    expect(read({ PORT: "", DATABASE_URL: " ", QUORATE_ALLOWED_HOSTS: "" })).toMatchObject({
      port: 3000,
      allowedHosts: [],
    });
  });

  it("the data lies in the user's folder of each system, and root's where the database's user can reach it", () => {
    expect(defaultDataFolder("linux", { HOME: "/home/a" } as unknown as NodeJS.ProcessEnv, 1000)).toBe(
      "/home/a/.local/share/quorate",
    );
    expect(defaultDataFolder("linux", { HOME: "/root" } as unknown as NodeJS.ProcessEnv, 0)).toBe("/var/lib/quorate");
    expect(defaultDataFolder("darwin", { HOME: "/Users/a" } as unknown as NodeJS.ProcessEnv, 501)).toBe(
      "/Users/a/Library/Application Support/Quorate",
    );
    expect(defaultDataFolder("win32", { LOCALAPPDATA: "L" } as unknown as NodeJS.ProcessEnv)).toBe(
      join("L", "Quorate"),
    );
  });
});
