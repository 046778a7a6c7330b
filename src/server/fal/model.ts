/** The id of the model, as callers write it in URLs. */
export const MODEL_ID = "fal-ai/heygen/avatar4/image-to-video";

/** Owner and alias of the model: what the URLs of status, result and cancel begin with. */
export const MODEL_APP = "fal-ai/heygen";

/** What follows owner and alias in {@link MODEL_ID}. */
export const MODEL_SUB_PATH = MODEL_ID.slice(MODEL_APP.length + 1);
