import { AVFMT_NOFILE } from "node-av/constants";
import { InputFormat } from "node-av/lib";
import { describe, expect, it } from "vitest";
import { listDemuxers } from "../../test/support/list-demuxers.js";
import { containerName, containerRefusal, findContainer, OPENED_CONTAINERS } from "./audio-containers.js";
import { UnreadableAudioError } from "./unreadable-audio-error.js";

const demuxers = listDemuxers();

describe.skipIf(demuxers === null)("the demuxers of the installed FFmpeg", () => {
  const names = new Set(demuxers?.map(containerName));

  it("are all found", () => {
    expect(names.size).toBeGreaterThan(300);
    for (const name of ["wav", "mpegts", "ac3", "ape", "hls", "concat", "rtsp"])
      expect(names).toContain(name);
  });

  it("were all looked at: a new one has to be added to the opened or the refused ones", () => {
    const unknown = demuxers!.filter((format) =>
      containerRefusal(format)?.includes("of a kind that is not read"),
    );
    expect(unknown.map(containerName)).toEqual([]);
  });

  it("include every one that is said to be opened", () => {
    expect([...OPENED_CONTAINERS].filter((name) => !names.has(name))).toEqual([]);
  });

  it("are not opened when they open something else than the bytes", () => {
    const opened = demuxers!.filter((format) => containerRefusal(format) === null);
    expect(opened.length).toBeGreaterThan(150);
    expect(opened.filter(({ flags }) => (flags & AVFMT_NOFILE) !== 0).map(containerName)).toEqual([]);
    const dangerous =
      /^(concat|dash|hls|imf|image2\w*|lavfi|mlv|rtp|rtsp|sap|sdp|vobsub|webm_dash_manifest|tedcaptions|vapoursynth|avisynth|libopenmpt|sbg|tty|\w+_pipe)$/;
    expect(opened.map(containerName).filter((name) => dangerous.test(name))).toEqual([]);
  });
});

describe("findContainer", () => {
  it.each([
    [
      "a playlist",
      "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n",
      "list",
    ],
    ["a list of parts", "ffconcat version 1.0\nfile 'http://127.0.0.1/a.wav'\n", "list"],
    [
      "a session",
      "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n",
      "list",
    ],
    [
      "subtitles",
      "1\n00:00:00,000 --> 00:00:01,000\nHello\n\n2\n00:00:01,000 --> 00:00:02,000\nyou\n",
      "text",
    ],
    ["a script", "SBAGEN\n-SE\nall: 200+10/60\n# waveform\nNOW all\n", "holds"],
    ["a web page", "<!doctype html><html><body>404 Not Found</body></html>", "no sound"],
  ])("refuses %s", (_, text, reason) => {
    const find = () => findContainer(Buffer.from(text), "voice.mp3");
    expect(find).toThrow(UnreadableAudioError);
    expect(find).toThrow(reason);
  });

  it("does not let the ending of a name choose a list, a device or a script", () => {
    const bytes = Buffer.alloc(1000, "noise ");
    for (const name of ["a.m3u8", "a.mpd", "a.sdp", "a.ffconcat", "a.sbg", "a.txt", "a.sw", "a.mod"])
      expect(() => findContainer(bytes, name)).toThrow(UnreadableAudioError);
  });

  it("looks behind the tag of a recording with a large picture of its cover", () => {
    const tag = Buffer.alloc(10 + 400_000);
    tag.write("ID3\x03", "latin1");
    tag.set([0, 0x18, 0x35, 0], 6);
    const frame = Buffer.alloc(417);
    frame.set([0xff, 0xfb, 0x90, 0x44]);
    const bytes = Buffer.concat([tag, ...Array.from({ length: 20 }, () => frame)]);
    const size = bytes.length - 20 * 417 - 10;
    tag.set([(size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127], 6);
    const whole = Buffer.concat([tag, ...Array.from({ length: 20 }, () => frame)]);
    expect(containerName(findContainer(whole, "voice"))).toBe("mp3");
  });

  it("takes the ending of a name where nothing in the bytes can tell, but never against them", () => {
    expect(containerName(findContainer(Buffer.alloc(660, 0xd2), "call.gsm"))).toBe("gsm");
    const wav = Buffer.from(
      "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0",
      "latin1",
    );
    expect(containerName(findContainer(wav, "call.gsm"))).toBe("wav");
  });

  it("knows the refused kinds by what they are", () => {
    const refusal = (name: string) => containerRefusal(InputFormat.findInputFormat(name)!);
    expect(refusal("png_pipe")).toBe("holds pictures without sound (png)");
    expect(refusal("s16le")).toBe("does not say how its sound is stored (s16le)");
    expect(refusal("hls")).toBe("is a list of other files or addresses (hls), not a recording");
  });
});
