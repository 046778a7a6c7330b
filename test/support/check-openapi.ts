/**
 * A strict look at an OpenAPI 3.0 document: every object has the fields that the specification requires and no others,
 * every reference leads somewhere. Two words of fal's documents that 3.0 does not have are let through: `examples` and
 * `ui` of schemas.
 *
 * @returns what is wrong, each with the place
 */
export function openApiProblems(document: unknown): string[] {
  const problems: string[] = [];
  new Look(document, problems).document();
  return problems;
}

type Fields = Readonly<Record<string, unknown>>;

const SCHEMA_FIELDS = [
  ..."title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern".split(
    " ",
  ),
  ..."maxItems minItems uniqueItems maxProperties minProperties required enum type allOf oneOf anyOf not".split(
    " ",
  ),
  ..."items properties additionalProperties description format default nullable discriminator".split(" "),
  ..."readOnly writeOnly xml externalDocs example deprecated examples ui".split(" "),
];
const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const OPERATION_FIELDS = [
  ..."tags summary description externalDocs operationId parameters requestBody responses".split(" "),
  ..."callbacks deprecated security servers".split(" "),
];

class Look {
  constructor(
    private readonly root: unknown,
    private readonly problems: string[],
  ) {}

  document(): void {
    const fields = "openapi info servers paths components security tags externalDocs".split(" ");
    const root = this.object(this.root, "#", fields, ["openapi", "info", "paths"]);
    if (!/^3\.0\.\d+$/.test(String(root.openapi))) this.wrong("#/openapi", "is not 3.0.x");
    const infoFields = "title description termsOfService contact license version".split(" ");
    this.object(root.info, "#/info", infoFields, ["title", "version"]);
    for (const [i, server] of this.list(root.servers ?? [], "#/servers").entries())
      this.object(server, `#/servers/${i}`, ["url", "description", "variables"], ["url"]);
    const components = (root.components ?? {}) as Fields;
    for (const [name, schema] of Object.entries((components.schemas ?? {}) as Fields)) {
      if (!/^[\w.-]+$/.test(name)) this.wrong("#/components/schemas", `"${name}" is no name`);
      this.schema(schema, `#/components/schemas/${name}`);
    }
    const schemes = (components.securitySchemes ?? {}) as Fields;
    for (const [name, scheme] of Object.entries(schemes)) {
      const at = `#/components/securitySchemes/${name}`;
      const { type } = this.object(scheme, at, ["type", "in", "name", "description"], ["type", "in", "name"]);
      if (type !== "apiKey") this.wrong(at, "is no apiKey");
    }
    for (const requirement of this.list(root.security ?? [], "#/security"))
      for (const name of Object.keys(requirement as Fields))
        if (!(name in schemes)) this.wrong("#/security", `names "${name}", which is not there`);
    const ids = new Set<unknown>();
    for (const [path, item] of Object.entries(root.paths as Fields)) this.path(path, item, ids);
  }

  private path(path: string, item: unknown, ids: Set<unknown>): void {
    const at = `#/paths/${path}`;
    if (!path.startsWith("/")) this.wrong(at, "does not begin with a slash");
    const variables = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!);
    const fields = this.object(item, at, [...METHODS, "summary", "description", "servers", "parameters"]);
    for (const method of METHODS.filter((name) => name in fields)) {
      const place = `${at}/${method}`;
      const operation = this.object(fields[method], place, OPERATION_FIELDS, ["responses"]);
      if (operation.operationId !== undefined && ids.has(operation.operationId))
        this.wrong(place, `operationId "${String(operation.operationId)}" twice`);
      ids.add(operation.operationId);
      const declared = this.parameters(operation.parameters ?? [], place);
      if (declared.join() !== variables.join()) this.wrong(place, "path parameters do not match the path");
      if (operation.requestBody !== undefined) {
        const bodyFields = ["description", "content", "required"];
        const body = this.object(operation.requestBody, `${place}/requestBody`, bodyFields, ["content"]);
        this.content(body.content, `${place}/requestBody/content`);
      }
      for (const [status, response] of Object.entries(operation.responses as Fields)) {
        const where = `${place}/responses/${status}`;
        if (!/^(?:[1-5]\d\d|[1-5]XX|default)$/.test(status)) this.wrong(where, "is no status");
        const known = ["description", "headers", "content", "links"];
        const { content } = this.object(response, where, known, ["description"]);
        if (content !== undefined) this.content(content, `${where}/content`);
      }
    }
  }

  private parameters(list: unknown, at: string): string[] {
    const inPath: string[] = [];
    for (const [i, given] of this.list(list, `${at}/parameters`).entries()) {
      const place = `${at}/parameters/${i}`;
      const known =
        "name in description required deprecated allowEmptyValue schema style explode example".split(" ");
      const parameter = this.object(given, place, known, ["name", "in", "schema"]);
      if (!["query", "header", "path", "cookie"].includes(String(parameter.in))) this.wrong(place, "in?");
      if (parameter.in === "path") {
        inPath.push(String(parameter.name));
        if (parameter.required !== true) this.wrong(place, "is in the path and not required");
      }
      this.schema(parameter.schema, `${place}/schema`);
    }
    return inPath;
  }

  private content(content: unknown, at: string): void {
    for (const [type, media] of Object.entries(content as Fields)) {
      if (!/^[\w.+*-]+\/[\w.+*-]+$/.test(type)) this.wrong(at, `"${type}" is no media type`);
      const known = ["schema", "example", "examples", "encoding"];
      this.schema(this.object(media, `${at}/${type}`, known).schema, `${at}/${type}/schema`);
    }
  }

  private schema(given: unknown, at: string): void {
    if (typeof given === "object" && given !== null && "$ref" in given) {
      this.reference(given as Fields, at);
      return;
    }
    const schema = this.object(given, at, SCHEMA_FIELDS);
    if (schema.type !== undefined && !TYPES.includes(schema.type as string))
      this.wrong(at, `type ${JSON.stringify(schema.type)}`);
    if (schema.nullable === true && schema.type === undefined && schema.allOf === undefined)
      this.wrong(at, "is nullable without a type");
    if (schema.type === "array" && schema.items === undefined) this.wrong(at, "is an array without items");
    for (const limit of ["exclusiveMinimum", "exclusiveMaximum"])
      if (schema[limit] !== undefined && typeof schema[limit] !== "boolean")
        this.wrong(at, `${limit} is no flag`);
    if (schema.enum !== undefined) this.enumeration(schema, at);
    const properties = (schema.properties ?? {}) as Fields;
    for (const [name, property] of Object.entries(properties))
      this.schema(property, `${at}/properties/${name}`);
    for (const name of this.list(schema.required ?? [], `${at}/required`))
      if (!(String(name) in properties)) this.wrong(at, `requires "${String(name)}", which it does not have`);
    if (schema.required !== undefined && (schema.required as unknown[]).length === 0)
      this.wrong(at, "requires an empty list");
    for (const list of ["allOf", "anyOf", "oneOf"])
      for (const [i, one] of this.list(schema[list] ?? [], `${at}/${list}`).entries())
        this.schema(one, `${at}/${list}/${i}`);
    if (schema.items !== undefined) this.schema(schema.items, `${at}/items`);
    const order = schema["x-fal-order-properties"];
    if (order !== undefined && JSON.stringify(order) !== JSON.stringify(Object.keys(properties)))
      this.wrong(at, "x-fal-order-properties are not the properties");
  }

  private enumeration({ enum: values, default: fallback }: Fields, at: string): void {
    const list = this.list(values, `${at}/enum`);
    if (list.length === 0 || new Set(list).size !== list.length) this.wrong(at, "enum is empty or repeats");
    if (fallback !== undefined && !list.includes(fallback)) this.wrong(at, "default is not in enum");
  }

  private reference(given: Fields, at: string): void {
    if (Object.keys(given).length > 1) this.wrong(at, "has more than $ref, which nobody would read");
    const path = String(given.$ref);
    let target: unknown = this.root;
    for (const key of path.replace(/^#\//, "").split("/")) target = (target as Fields | undefined)?.[key];
    if (!path.startsWith("#/") || target === undefined) this.wrong(at, `leads nowhere: ${path}`);
  }

  private object(
    given: unknown,
    at: string,
    known: readonly string[],
    needed: readonly string[] = [],
  ): Fields {
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      this.wrong(at, "is no object");
      return {};
    }
    for (const key of Object.keys(given))
      if (!known.includes(key) && !key.startsWith("x-")) this.wrong(at, `has "${key}"`);
    for (const key of needed) if (!(key in given)) this.wrong(at, `lacks "${key}"`);
    return given as Fields;
  }

  private list(given: unknown, at: string): readonly unknown[] {
    if (Array.isArray(given)) return given as unknown[];
    this.wrong(at, "is no list");
    return [];
  }

  private wrong(at: string, what: string): void {
    this.problems.push(`${at}: ${what}`);
  }
}
