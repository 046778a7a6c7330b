export type { Frame, FrameRenderer } from "./frame.js";
export type { Framing } from "./framing.js";
export { planFraming } from "./plan-framing.js";
export { createFrameRenderer, type RendererInput } from "./renderer.js";
