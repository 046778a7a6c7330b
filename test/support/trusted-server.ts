import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type RunningServer, type ServerOptions, startServer } from "./run-server.js";

const launcher = fileURLToPath(new URL("../../bin/parlante.mjs", import.meta.url));

/** A server that can also be reached under fal's names. */
export type TrustedServer = RunningServer & {
  /** The certificate that callers have to trust. */
  readonly caFile: string;
  /** Environment with which programs written for fal reach it as a proxy, and nothing else of fal. */
  readonly proxyEnvironment: Readonly<Record<string, string>>;
};

/** Makes certificates as a user does, then starts a server that has them. */
export async function startTrustedServer(options: ServerOptions = {}): Promise<TrustedServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "parlante-trusted-"));
  await promisify(execFile)(process.execPath, [launcher, "tls", "init"], {
    env: { ...process.env, PARLANTE_DATA: dataDir },
  });
  const server = await startServer({ ...options, dataDir });
  const caFile = join(dataDir, "tls", "ca.pem");
  return {
    ...server,
    caFile,
    proxyEnvironment: {
      FAL_KEY: "any:key",
      HTTPS_PROXY: server.url,
      CURL_CA_BUNDLE: caFile,
      SSL_CERT_FILE: caFile,
      NODE_EXTRA_CA_CERTS: caFile,
    },
    async stop(graceMs) {
      const code = await server.stop(graceMs);
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

/** The environment of this process without what it says about proxies, certificates and fal. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(?:\w+_proxy|ssl_cert_(?:file|dir)|curl_ca_bundle|node_extra_ca_certs|fal_\w+)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
