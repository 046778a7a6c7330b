// A process that holds the embedded PostgreSQL of a directory: writes where it is, lets go at SIGTERM.
import { startEmbeddedPostgres } from "../../src/database/index.js";

const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2]!, durable: false, graceSeconds: 3 });
process.stdout.write(`${JSON.stringify(postgres.address)}\n`);
process.once("SIGTERM", () => void postgres.stop().then(() => process.exit(0)));
setInterval(() => {}, 1000);
