export type { Attempt } from "./post-webhook.js";
export {
  createSigningKey,
  type PublicSigningKey,
  SIGNING_SEED_BYTES,
  type SigningKey,
} from "./signing-key.js";
export {
  createWebhookDelivery,
  type WebhookDelivery,
  type WebhookDeliveryOptions,
} from "./webhook-delivery.js";
export { createWebhookLog, type LoggedAttempt, type LoggedDelivery, type WebhookLog } from "./webhook-log.js";
export { createWebhookOutbox } from "./webhook-outbox.js";
export type { Board } from "./webhook-queue.js";
