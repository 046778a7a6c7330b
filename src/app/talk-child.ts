/** Entry of a talk child: a process that makes videos for the queue, and hears of nobody but the pool that started it. */
import type { TalkChildSettings } from "../queue/index.js";
import { endWithParent } from "./end-with-parent.js";
import { createApp } from "./engine.js";
import { serveTalks } from "./serve-talks.js";

const settings = JSON.parse(process.argv[2] ?? "{}") as TalkChildSettings;
const guard = endWithParent(settings.parentPid);
const app = createApp({
  allowPrivateHosts: settings.allowPrivateHosts,
  keepsMediaReady: true,
  ...(settings.rigCacheDir === null ? {} : { rigCacheDir: settings.rigCacheDir }),
  ...(settings.modelsDir === null ? {} : { modelsDir: settings.modelsDir }),
  ...(settings.threads === null ? {} : { threads: settings.threads }),
});
await app.warmUp();
serveTalks(app, guard);
