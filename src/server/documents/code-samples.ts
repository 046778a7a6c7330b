import { applicationOf, type DocumentAddresses, SAMPLE_INPUT } from "./model-facts.js";

/** What samples are written for. */
export type SampleTarget = { readonly modelId: string; readonly addresses: DocumentAddresses };

/** Whether the caller reached us under fal's own host names: its clients then need no pointing here. */
function usesFalHosts({ run }: DocumentAddresses): boolean {
  return run === "https://fal.run" || run === "https://falrun.com";
}

/** `pip install` line of the Python client. */
export const INSTALL_PYTHON = "pip install fal-client";
/** `npm install` line of the JavaScript client. */
export const INSTALL_JAVASCRIPT = "npm install --save @fal-ai/client";

/** A sync run. */
export function curlSample({ modelId, addresses }: SampleTarget): string {
  return [
    "curl --request POST \\",
    `  --url ${addresses.run}/${modelId} \\`,
    '  --header "Authorization: Key $FAL_KEY" \\',
    '  --header "Content-Type: application/json" \\',
    "  --data '{",
    `     "image_url": "${SAMPLE_INPUT.image_url}"`,
    "   }'",
  ].join("\n");
}

/** The published Python sample, with the lines that point the client here. */
export function pythonSample({ modelId, addresses }: SampleTarget): string {
  const { run, queue, rest, files } = addresses;
  const pointing = usesFalHosts(addresses)
    ? []
    : [
        "from fal_client import client",
        "",
        "# This server instead of the hosted service.",
        `client.RUN_URL_FORMAT = "${run}/"`,
        `client.QUEUE_URL_FORMAT = "${queue}/"`,
        `client.REST_URL, client.CDN_URL = "${rest}", "${files}"`,
      ];
  return [
    "import fal_client",
    ...pointing,
    "",
    "def on_queue_update(update):",
    "    if isinstance(update, fal_client.InProgress):",
    "        for log in update.logs:",
    '           print(log["message"])',
    "",
    "result = fal_client.subscribe(",
    `    "${modelId}",`,
    "    arguments={",
    `        "image_url": "${SAMPLE_INPUT.image_url}"`,
    "    },",
    "    with_logs=True,",
    "    on_queue_update=on_queue_update,",
    ")",
    "print(result)",
  ].join("\n");
}

/** The lines that point the JavaScript client here; empty where it needs none. */
export function javascriptPointing({ addresses }: SampleTarget): string[] {
  if (usesFalHosts(addresses)) return [];
  return [
    "// This server instead of the hosted service (needs @fal-ai/client 1.10 or newer).",
    "fal.config({",
    "  credentials: process.env.FAL_KEY,",
    `  proxyUrl: { url: "${addresses.site}/api/fal/proxy", when: "always" },`,
    "});",
    "",
  ];
}

/** The published JavaScript sample, with the lines that point the client here. */
export function javascriptSample(target: SampleTarget): string {
  return [
    'import { fal } from "@fal-ai/client";',
    "",
    ...javascriptPointing(target),
    `const result = await fal.subscribe("${target.modelId}", {`,
    "  input: {",
    `    image_url: "${SAMPLE_INPUT.image_url}"`,
    "  },",
    "  logs: true,",
    "  onQueueUpdate: (update) => {",
    '    if (update.status === "IN_PROGRESS") {',
    "      update.logs.map((log) => log.message).forEach(console.log);",
    "    }",
    "  },",
    "});",
    "console.log(result.data);",
    "console.log(result.requestId);",
  ].join("\n");
}

/** Programs that are not changed at all: our own certificate authority, and the environment. */
export function unchangedProgramsSample({ addresses }: SampleTarget): string {
  return [
    "# Once: a certificate authority of your own; it says where ca.pem is.",
    "parlante tls init",
    "",
    "# Python: everything, uploads included, through HTTP CONNECT.",
    `HTTPS_PROXY=${addresses.site} SSL_CERT_FILE=ca.pem python app.py`,
    "",
    "# curl: the published line, unmodified.",
    `HTTPS_PROXY=${addresses.site} CURL_CA_BUNDLE=ca.pem sh published-example.sh`,
    "",
    "# Node: hosts file with fal.run, queue.fal.run, rest.fal.ai and v3.fal.media pointing here, port 443.",
    "NODE_EXTRA_CA_CERTS=ca.pem node app.mjs",
  ].join("\n");
}

/** The queue by hand: submit, look, fetch. */
export function queueSample({ modelId, addresses }: SampleTarget): string {
  const requests = `${addresses.queue}/${applicationOf(modelId)}/requests/$ID`;
  return [
    `ID=$(curl -s ${addresses.queue}/${modelId} \\`,
    '  -H "Authorization: Key $FAL_KEY" \\',
    `  -d '{"image_url": "${SAMPLE_INPUT.image_url}", "prompt": "Hello!"}' | jq -r .request_id)`,
    "",
    'AUTH="Authorization: Key $FAL_KEY"',
    `URL=${requests}`,
    'curl -s "$URL/status?logs=1" -H "$AUTH"',
    'curl -sN "$URL/status/stream" -H "$AUTH"   # until COMPLETED',
    'curl -s "$URL" -H "$AUTH"                  # the result',
  ].join("\n");
}

/** Uploading by hand, as the JavaScript client does it. */
export function uploadSample({ addresses }: SampleTarget): string {
  return [
    `curl -s "${addresses.rest}/storage/upload/initiate?storage_type=fal-cdn-v3" \\`,
    '  -H "Authorization: Key $FAL_KEY" \\',
    `  -d '{"content_type": "image/png", "file_name": "me.png"}'`,
    '# {"upload_url": "…", "file_url": "…"}',
    "",
    'curl -X PUT "$UPLOAD_URL" -H "Content-Type: image/png" --data-binary @me.png',
    "# From now on file_url can be used as image_url.",
  ].join("\n");
}

/** A receiver that believes only what this server signed, for Node without any package. */
export function webhookSample({ addresses }: SampleTarget): string {
  return [
    'import { createHash, createPublicKey, verify } from "node:crypto";',
    "",
    `const answer = await fetch("${addresses.rest}/.well-known/jwks.json");`,
    "const { keys } = await answer.json();",
    "",
    "// body: the raw bytes as received, before any parsing",
    "export function isFromParlante(headers, body) {",
    '  const timestamp = headers["x-fal-webhook-timestamp"];',
    "  if (!(Math.abs(Date.now() / 1000 - timestamp) <= 300)) return false;",
    "  const message = [",
    '    headers["x-fal-webhook-request-id"],',
    '    headers["x-fal-webhook-user-id"],',
    "    timestamp,",
    '    createHash("sha256").update(body).digest("hex"),',
    '  ].join("\\n");',
    '  const signature = Buffer.from(headers["x-fal-webhook-signature"], "hex");',
    "  return keys.some((jwk) => {",
    '    const key = createPublicKey({ key: jwk, format: "jwk" });',
    "    return verify(null, Buffer.from(message), key, signature);",
    "  });",
    "}",
  ].join("\n");
}
