export { type App, type AppOptions, createApp } from "./engine.js";
