import {
  curlSample,
  INSTALL_JAVASCRIPT,
  INSTALL_PYTHON,
  javascriptSample,
  pythonSample,
  type SampleTarget,
} from "./code-samples.js";
import type { InputField } from "./input-fields.js";
import {
  type ExtraOutputField,
  extraOutputFields,
  MODEL_FACTS,
  SAMPLE_INPUT,
  sampleOutput,
} from "./model-facts.js";

/** What `llms.txt` is made from. */
export type LlmsTextInput = SampleTarget & {
  readonly fields: readonly InputField[];
  /** US dollars per second of video. */
  readonly pricePerSecond: number;
};

/** The plain-text page of the model, in the outline of the hosted one. Its links lead to this server. */
export function llmsText(input: LlmsTextInput): string {
  return [
    `# ${MODEL_FACTS.title}\n\n> ${MODEL_FACTS.tagline}`,
    overview(input),
    pricing(input),
    apiInformation(input),
    usageExamples(input),
    additionalResources(input),
    "",
  ].join("\n\n\n");
}

function overview({ modelId, addresses }: LlmsTextInput): string {
  return [
    "## Overview",
    "",
    `- **Endpoint**: \`${addresses.run}/${modelId}\``,
    `- **Model ID**: \`${modelId}\``,
    `- **Category**: ${MODEL_FACTS.category}`,
    `- **Kind**: ${MODEL_FACTS.kind}`,
    `**Tags**: ${MODEL_FACTS.tags.join(", ")}`,
  ].join("\n");
}

function pricing({ pricePerSecond, addresses }: LlmsTextInput): string {
  return [
    "## Pricing",
    "",
    `Your request will cost **$${pricePerSecond}** per output video second.`,
    "",
    `This is Parlante, a self-hosted server with this interface: the price is what its operator meters. For more details, see [pricing](${addresses.site}/docs#price).`,
  ].join("\n");
}

function apiInformation(input: LlmsTextInput): string {
  return [
    "## API Information",
    "",
    "This model can be used via our HTTP API or more conveniently via the client libraries.",
    "See the input and output schema below, as well as the usage examples.",
    "",
    "",
    "### Input Schema",
    "",
    "The API accepts the following input parameters:",
    "",
    "",
    input.fields.map(fieldEntry).join("\n\n"),
    "",
    "",
    "",
    "**Required Parameters Example**:",
    "",
    jsonBlock({ image_url: SAMPLE_INPUT.image_url }),
    "",
    "**Full Example**:",
    "",
    jsonBlock(SAMPLE_INPUT),
    "",
    "",
    "### Output Schema",
    "",
    "The API returns the following output format:",
    "",
    "- **`video`** (`File`, _required_):",
    "  The generated video.",
    `  - Examples: ${JSON.stringify(sampleOutput(input.addresses.files).video)}`,
    "",
    extraOutputFields(input.addresses.files).map(outputEntry).join("\n\n"),
    "",
    "",
    "",
    "**Example Response**:",
    "",
    jsonBlock(sampleOutput(input.addresses.files)),
  ].join("\n");
}

function outputEntry({ name, output, description, example }: ExtraOutputField): string {
  return [
    `- **\`${name}\`** (\`File\`, _optional_):`,
    `  ${description} Only there when \`extra_outputs\` names \`"${output}"\`. Only Parlante has this output.`,
    `  - Examples: ${JSON.stringify(example)}`,
  ].join("\n");
}

function fieldEntry(field: InputField): string {
  const { name, typeName, required, description, defaultValue, options, examples, limits, extra } = field;
  const quoted = (value: unknown): string => JSON.stringify(value);
  const notes = [
    description,
    ...(limits.length > 0 ? [`Limits: ${limits.join(", ")}.`] : []),
    ...(extra ? ["Only Parlante has this parameter."] : []),
    ...(options.length > 0 && defaultValue !== undefined
      ? [`Default value: \`${quoted(defaultValue)}\``]
      : []),
  ];
  return [
    `- **\`${name}\`** (\`${typeName}\`, _${required ? "required" : "optional"}_):`,
    `  ${notes.join(" ")}`,
    ...(defaultValue === undefined ? [] : [`  - Default: \`${quoted(defaultValue)}\``]),
    ...(options.length === 0 ? [] : [`  - Options: ${options.map((o) => `\`${quoted(o)}\``).join(", ")}`]),
    ...(examples.length === 0 ? [] : [`  - Examples: ${examples.map(quoted).join(", ")}`]),
  ].join("\n");
}

function usageExamples(target: LlmsTextInput): string {
  const ensure = (language: string, install: string): string[] => [
    `Ensure you have the ${language} client installed:`,
    "",
    codeBlock("bash", install),
    "",
    "Then use the API client to make requests:",
    "",
  ];
  return [
    "## Usage Examples",
    "",
    "### cURL",
    "",
    codeBlock("bash", curlSample(target)),
    "",
    "### Python",
    "",
    ...ensure("Python", INSTALL_PYTHON),
    codeBlock("python", pythonSample(target)),
    "",
    "### JavaScript",
    "",
    ...ensure("JavaScript", INSTALL_JAVASCRIPT),
    codeBlock("javascript", javascriptSample(target)),
  ].join("\n");
}

function additionalResources({ modelId, addresses: { site } }: LlmsTextInput): string {
  return [
    "## Additional Resources",
    "",
    "### Documentation",
    "",
    `- [Model Playground](${site}/models/${modelId})`,
    `- [API Documentation](${site}/models/${modelId}/api)`,
    `- [OpenAPI Schema](${site}/api/openapi/queue/openapi.json?endpoint_id=${modelId})`,
    "",
    "### fal.ai Platform",
    "",
    `- [Platform Documentation](${site}/docs)`,
    `- [Python Client](${site}/docs#start)`,
    `- [JavaScript Client](${site}/docs#start)`,
  ].join("\n");
}

function jsonBlock(value: unknown): string {
  return codeBlock("json", JSON.stringify(value, null, 2));
}

function codeBlock(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}
