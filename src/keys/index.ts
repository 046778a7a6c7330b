export { type Caller, type CallerDirectory, SCOPES, type Scope } from "./caller.js";
