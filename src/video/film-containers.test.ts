import { AVFMT_NOFILE } from "node-av/constants";
import { InputFormat } from "node-av/lib";
import { describe, expect, it } from "vitest";
import { listDemuxers } from "../../test/support/list-demuxers.js";
import { containerName } from "./audio-containers.js";
import { FILM_CONTAINERS, findFilmContainer } from "./film-containers.js";
import { UnreadableFilmError } from "./unreadable-film-error.js";

const demuxers = listDemuxers();

describe.skipIf(demuxers === null)("the containers of films", () => {
  it("are all known to the installed FFmpeg, and open nothing but the file", () => {
    const known = new Map(demuxers?.map((format) => [containerName(format), format]));
    expect([...FILM_CONTAINERS].filter((name) => !known.has(name))).toEqual([]);
    for (const name of FILM_CONTAINERS) expect((known.get(name)?.flags ?? 0) & AVFMT_NOFILE).toBe(0);
    expect(
      [...FILM_CONTAINERS].filter((name) => /concat|dash|hls|image2|imf|lavfi|rtp|rtsp|sdp/.test(name)),
    ).toEqual([]);
  });
});

describe("findFilmContainer", () => {
  it("does not open what FFmpeg knows but nobody looked at", () => {
    const wave = Buffer.from(
      "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data",
      "latin1",
    );
    expect(InputFormat.probe(wave)).not.toBeNull();
    expect(() => findFilmContainer(wave)).toThrow(UnreadableFilmError);
  });
});
