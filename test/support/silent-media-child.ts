/** A media process that never says anything. */
setInterval(() => {}, 1000);
process.on("disconnect", () => process.exit(0));
