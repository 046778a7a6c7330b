import { request } from "node:http";

const MEGABYTE = 1024 * 1024;

/** What came back from an upload. */
export type SentAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
};

/** Sends bytes that are made on the way, each a megabyte of the same value, beginning with `first`. */
export function sendBytes(
  url: string,
  size: number,
  first: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<SentAnswer> {
  return new Promise((resolve, reject) => {
    const sending = request(
      url,
      { method: "PUT", headers: { ...headers, "content-length": size } },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
      },
    );
    sending.on("error", reject);
    let sent = 0;
    const more = () => {
      while (sent < size) {
        const piece = Buffer.alloc(Math.min(size - sent, MEGABYTE), (first + sent / MEGABYTE) & 255);
        sent += piece.length;
        if (!sending.write(piece)) return void sending.once("drain", more);
      }
      sending.end();
    };
    more();
  });
}
