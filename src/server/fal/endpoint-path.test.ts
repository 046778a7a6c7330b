import { describe, expect, it } from "vitest";
import { parseEndpointPath, pathSegments, unknownEndpoint } from "./endpoint-path.js";

describe("an endpoint in a URL", () => {
  it("is owner, alias and the rest, behind a namespace where there is one", () => {
    const parse = (path: string) => parseEndpointPath(pathSegments(path));
    expect(parse("/fal-ai/heygen/avatar4/image-to-video/")).toEqual({
      app: "fal-ai/heygen",
      alias: "heygen",
      subPath: "avatar4/image-to-video",
    });
    expect(parse("//workflows//me/mine/x")).toEqual({
      app: "workflows/me/mine",
      alias: "mine",
      subPath: "x",
    });
    expect(parse("/fal-ai")).toBeNull();
    expect(parse("/comfy/me")).toBeNull();
  });

  it.each([
    ["/fal-ai/flux/dev", 'Application "flux" not found'],
    ["/workflows/me/mine", 'Application "mine" not found'],
    ["/nothing", 'Application "nothing" not found'],
    ["/fal-ai/heygen", "Path / not found"],
    ["/fal-ai/heygen/avatar3/digital-twin", "Path /avatar3/digital-twin not found"],
    ["/fal-ai/heygen/avatar4/image-to-video/realtime", "Path /realtime not found"],
  ])("%s is not here: %s", (path, message) => {
    expect(unknownEndpoint(pathSegments(path)).message).toBe(message);
    expect(unknownEndpoint(pathSegments(path)).status).toBe(404);
  });
});
