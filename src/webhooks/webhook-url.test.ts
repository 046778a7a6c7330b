import { describe, expect, it } from "vitest";
import { checkWebhookUrl } from "./webhook-url.js";

describe("addresses of webhooks", () => {
  it.each(["https://example.com/hook?a=1", "https://8.8.8.8/", "https://[2606:4700::1111]:8443/x"])(
    "%s is taken",
    (url) => expect(checkWebhookUrl(url, false).href).toBe(url),
  );

  it.each([
    ["http://example.com/", "url_scheme"],
    ["ftp://example.com/", "url_scheme"],
    ["file:///etc/passwd", "url_scheme"],
    ["not a url", "url_parsing"],
    ["https://user:word@example.com/", "url_parsing"],
    ["https://127.0.0.1/", "url_private"],
    ["https://2130706433/", "url_private"],
    ["https://0x7f.1/", "url_private"],
    ["https://[::1]/", "url_private"],
    ["https://[::ffff:10.0.0.1]/", "url_private"],
    ["https://169.254.169.254/latest", "url_private"],
    [`https://example.com/${"x".repeat(5000)}`, "url_too_long"],
  ])("%s is refused as %s", (url, code) => {
    expect(() => checkWebhookUrl(url, false)).toThrow(
      expect.objectContaining({
        code,
        status: 422,
        details: expect.objectContaining({ field: ["fal_webhook"] }),
      }),
    );
  });

  it("an operator may allow plain http and private addresses", () => {
    expect(checkWebhookUrl("http://127.0.0.1:9/", true).port).toBe("9");
    expect(() => checkWebhookUrl("ftp://127.0.0.1/", true)).toThrow();
  });
});
