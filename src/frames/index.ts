export { coverFrame } from "./background-picture.js";
export type { Frame, FrameRenderer } from "./frame.js";
export type { Framing } from "./framing.js";
export type { BackgroundFilm, NewBackground } from "./new-background.js";
export { planFraming } from "./plan-framing.js";
export {
  createFrameRenderer,
  type PreparedRenderer,
  prepareRenderer,
  type RendererInput,
  type SceneInput,
} from "./renderer.js";
