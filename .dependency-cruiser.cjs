// Who may import whom. The folders of src are a journey; a stage knows the artefacts made before it, as
// types, and nothing else. Only pipeline/ joins the stages.
const stages = [
  "request",
  "assets",
  "portrait",
  "speech",
  "performance",
  "frames",
  "captions",
  "video",
  "storage",
];

/** One rule per stage: it may use itself, shared/ and earlier stages. */
const stageRules = stages.map((stage, position) => ({
  name: `${stage}-looks-only-back`,
  comment: "A stage may import shared/ and the types of earlier stages.",
  severity: "error",
  from: { path: `^src/${stage}/` },
  to: { path: "^src/", pathNot: `^src/(${[...stages.slice(0, position + 1), "shared"].join("|")})/` },
}));

/** Everything in src that the folder may not touch, for folders that are no stages. */
const allow = (folder, allowed) => ({
  name: `${folder}-allow-list`,
  severity: "error",
  from: { path: `^src/${folder}(/|\\.ts$)`, pathNot: "\\.test\\.ts$" },
  to: { path: "^src/", pathNot: `^src/(${[folder, ...allowed].join("|")})(/|\\.ts$)` },
});

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "enter-by-index",
      comment: "Another folder is entered through its index.ts only.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: "\\.test\\.ts$" },
      to: {
        path: "^src/[^/]+/.+",
        pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$", "^src/app/serve\\.ts$", "^src/shared/"],
      },
    },
    {
      name: "root-files-enter-by-index",
      severity: "error",
      from: { path: "^src/[^/]+\\.ts$" },
      to: { path: "^src/[^/]+/.+", pathNot: ["^src/[^/]+/index\\.ts$", "^src/shared/"] },
    },
    {
      name: "stages-share-types",
      comment: "A stage receives what another made; it does not call it.",
      severity: "error",
      from: { path: `^src/(${stages.join("|")})/`, pathNot: "\\.test\\.ts$" },
      to: {
        path: `^src/(${stages.join("|")})/`,
        pathNot: "^src/$1/",
        dependencyTypesNot: ["type-only"],
      },
    },
    ...stageRules.map((rule) => ({ ...rule, from: { ...rule.from, pathNot: "\\.test\\.ts$" } })),
    allow("shared", []),
    allow("pipeline", [...stages, "shared"]),
    allow("database", ["shared"]),
    allow("tls", ["shared"]),
    allow("keys", ["database", "shared"]),
    allow("files", ["database", "storage", "shared"]),
    allow("queue", ["files", "database", "pipeline", "request", "shared"]),
    allow("webhooks", ["queue", "database", "shared"]),
    allow("server", ["webhooks", "queue", "files", "keys", "database", "pipeline", "request", "shared"]),
    allow("app", [
      "server",
      "webhooks",
      "queue",
      "files",
      "keys",
      "tls",
      "database",
      "pipeline",
      ...stages,
      "shared",
    ]),
    allow("cli", ["app", "keys", "tls", "pipeline", "request", "shared"]),
    allow("index", ["app", "pipeline", ...stages, "shared"]),
    {
      name: "no-undeclared-packages",
      severity: "error",
      from: { pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: "specify",
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
