export { createFront, type Front, type FrontOptions, type FrontSettings } from "./front.js";
export { type Listener, type ListenLimits, type ListenOptions, listen } from "./listen.js";
export type { AnswerRecord, FrontEnvironment } from "./visit.js";
