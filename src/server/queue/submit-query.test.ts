import { describe, expect, it } from "vitest";
import { readSubmitQuery, wantsLogs } from "./submit-query.js";

function read(query: Record<string, string>, allowsHttpWebhooks = false) {
  return readSubmitQuery((name) => query[name], { allowsHttpWebhooks });
}

describe("the query of a submission", () => {
  it("may be empty", () => {
    expect(read({})).toEqual({ webhookUrl: null, maxQueueLength: null });
    expect(read({ fal_webhook: "", fal_max_queue_length: "" })).toEqual(read({}));
  });

  it("names an https address to be called, and a longest queue", () => {
    expect(read({ fal_webhook: "https://example.com/done?x=1", fal_max_queue_length: "0" })).toEqual({
      webhookUrl: "https://example.com/done?x=1",
      maxQueueLength: 0,
    });
    expect(read({ fal_webhook: "http://127.0.0.1:9/done" }, true).webhookUrl).toBe("http://127.0.0.1:9/done");
  });

  it.each([
    "http://example.com",
    "ftp://example.com",
    "example.com/done",
    "/done",
    `https://e.com/${"a".repeat(5000)}`,
  ])("refuses the webhook %.40s with the cure", (url) => {
    expect(() => read({ fal_webhook: url })).toThrow(
      /^fal_webhook cannot be used: .*(https|PRIVATE_WEBHOOKS)/,
    );
  });

  it.each(["-1", "1.5", "many", "1e3", "12345678901"])("refuses the queue length %s", (text) => {
    expect(() => read({ fal_max_queue_length: text })).toThrow(/fal_max_queue_length must be a whole number/);
  });

  it("asks for logs as either client does", () => {
    expect(["1", "true", "True"].map(wantsLogs)).toEqual([true, true, true]);
    expect([undefined, "", "0", "false", "False", "2"].map(wantsLogs)).toEqual(Array(6).fill(false));
  });
});
