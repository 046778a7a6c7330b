import { join } from "node:path";
import { parseArgs } from "node:util";
import { FAL_NAMES } from "../shared/fal-names.js";
import type { TlsState } from "../tls/index.js";
import type { Command, CommandContext } from "./command.js";
import { UsageError } from "./usage.js";

/** `parlante tls`: certificates with which programs made for the hosted service reach this server unchanged. */
export const tlsCommand: Command = {
  name: "tls",
  summary: "Make certificates, so that programs written for fal reach this server unchanged.",
  usage,
  run,
};

const INIT_OPTIONS = { dir: { type: "string" }, host: { type: "string", multiple: true } } as const;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { dir, hosts } = parse(args);
  const [{ readServerSettings }, { initTls }] = await Promise.all([
    import("../app/serve.js"),
    import("../tls/index.js"),
  ]);
  const settings = readServerSettings(context.environment);
  const state = await initTls(dir ?? join(settings.dataDir, "tls"), hosts);
  await context.print(report(state, settings.port === 0 ? 8080 : settings.port));
  return 0;
}

function parse([action, ...rest]: readonly string[]): { dir: string | undefined; hosts: readonly string[] } {
  if (action !== "init")
    throw new UsageError(
      action === undefined ? 'Say what to do: "parlante tls init".' : `There is no "tls ${action}".`,
    );
  try {
    const { values } = parseArgs({ args: [...rest], options: INIT_OPTIONS, allowPositionals: false });
    return { dir: values.dir, hosts: values.host ?? [] };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message.split("\n")[0]! : "", { cause });
  }
}

function usage(): string {
  return [
    "parlante tls init: an authority of your own and a certificate for this server.",
    "",
    "Usage:",
    "  parlante tls init [--dir DIRECTORY] [--host NAME]…",
    "",
    "  --dir DIRECTORY  where the files go (default: tls below PARLANTE_DATA, where the server looks)",
    "  --host NAME      a further name or address of this server, e.g. talk.example.com or 192.168.1.20",
    "",
    `The certificate is for ${FAL_NAMES.join(", ")},`,
    "localhost, 127.0.0.1, ::1 and the names given. The authority can vouch for these only. Run it again to add",
    "names or renew; the server renews the certificate by itself when it starts within four months of its end.",
    "",
  ].join("\n");
}

function report(state: TlsState, port: number): string {
  const ca = state.authorityFile;
  const made = state.isNewAuthority
    ? "A new authority and a certificate were made. Start the server, or start it again."
    : state.isNewCertificate
      ? "A new certificate was made; the authority is the same. Start the server again."
      : "Authority and certificate still hold; nothing was changed.";
  return `${[
    made,
    "",
    `  to trust      ${ca}`,
    `  names         ${state.hosts.join(", ")}`,
    `  holds until   ${state.expiresAt.toISOString().slice(0, 10)}`,
    "",
    "Programs have to trust the authority, each in its way:",
    `  curl    export CURL_CA_BUNDLE=${ca}`,
    `  Node    export NODE_EXTRA_CA_CERTS=${ca}`,
    `  Python  export SSL_CERT_FILE=${ca}`,
    "For curl and Python the file stands in place of the system's list while the variable is set.",
    "",
    "Then there are three ways to lead them here.",
    "",
    "1. As a proxy, nothing else to change (Python, curl):",
    `  export HTTPS_PROXY=http://127.0.0.1:${port}`,
    "  Only fal's names pass; name other hosts that the program calls in NO_PROXY.",
    "",
    "2. By the hosts file, for programs that know no proxy, such as the JavaScript client. As root, with PORT=443:",
    `  echo "127.0.0.1 ${FAL_NAMES.join(" ")}" >> /etc/hosts`,
    "  falrun.com is in it because clients turn there when fal.run does not answer: without it their prompts and",
    "  keys would go to the real service while this server is down.",
    "",
    "3. By the Python client's own variables (not for uploads):",
    `  export FAL_RUN_HOST=localhost:${port}/run FAL_QUEUE_RUN_HOST=localhost:${port}/queue`,
    "",
  ].join("\n")}`;
}
