/** Entry of the media process: the only place of the program where native media code is loaded. */
import { prepareRenderer } from "../frames/index.js";
import { serveMediaJobs } from "./media-jobs.js";

serveMediaJobs(prepareRenderer);
