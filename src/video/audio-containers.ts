import { AVFMT_NOFILE } from "node-av/constants";
import { InputFormat } from "node-av/lib";
import { UnreadableAudioError } from "./unreadable-audio-error.js";
import "./native-call.js";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Containers that are opened, by the first of FFmpeg's names. Every one was looked at: it holds its sound itself, names
 * no other file or address that FFmpeg would open, runs no script, and tells its sample rate. What a later FFmpeg
 * adds is refused until it has been looked at as well; a test says which.
 */
export const OPENED_CONTAINERS: ReadonlySet<string> = new Set([
  // Everyday ones, of sound and of video.
  ...words(`
    aac ac3 ac4 aiff amr ape asf asf_o au avi caf dts dtshd dv eac3 flac flv live_flv gxf iamf kux loas matroska mlp
    lmlm4 mov mp3 mpc mpc8 mpeg mpegts mxf nsv nut nuv ogg rm ivr shn swf tak truehd tta ty voc w64 wav wtv wv xwma`),
  // Of phones, dictation, laboratories and old computers.
  ...words(`
    act amrnb amrwb apac aptx avr bonk dfpwm dsf dss epaf g723_1 g729 bit hcom iff ilbc ircam lc3 mmf nistsphere nsp oma
    osq pvf qcp qoa rka rso s337m sbc sds sdx sox spdif vivo vqf wavarc wsd wve`),
  // Of cameras, recorders and broadcasting.
  ...words("daud dhav hxvs ifv lvf lxf mtv mxg pmp pva r3d smjpeg"),
  // Of games.
  ...words(`
    3dostr 4xm aa aax ace acm adp ads adx aea afc aix alp anm apc apm argo_asf argo_brp argo_cvg ast bethsoftvid bfi
    bfstm bink binka bmv boa brstm c93 cdxl dcstr derf dfa dsicin dxa ea film_cpk fsb fwse gdv genh hca hnm idcin
    ipmovie iss jv kvag laf luodat mca mgsts mm mods moflex msf mtaf musx mv mvi paf pp_bnk psxstr redspark rl2 roq rpl
    rsd scd sdns sdr2 sga siff smk smush sol svag svs thp tiertexseq tmv usm vag vividas vmd vpk wady wc3movie wsaud
    wsvqa xa xmd xmv xvag yop`),
]);

/** Lists of other files and addresses, and what plays them. */
const LISTS = new Set(words("concat dash hls imf mlv rtp rtsp sap sdp vobsub webm_dash_manifest"));
/** Notes and scripts from which sound would first have to be made. */
const SCRIPTS = new Set(words("lavfi libopenmpt sbg"));
/** Texts, subtitles and drawings of letters. */
const TEXTS = new Set(
  words(`
    adf aqtitle ass bin dvbsub dvbtxt ffmetadata idf jacosub lrc mcc microdvd mpl2 mpsub pjs rcwt realtext sami scc srt
    stl subviewer subviewer1 sup tedcaptions tty vplayer webvtt xbin`),
);
/** Single pictures, and moving ones that cannot hold sound. */
const PICTURES = new Set(
  words(`
    alias_pix apng apv av1 avs avs2 avs3 bitpacked brender_pix cavsvideo cdg cine dirac dnxhd ea_cdata evc filmstrip fits
    flic frm gif h261 h263 h264 hevc ico image2 image2pipe ingenient ipu iv8 ivf jpegxl_anim m4v mjpeg mjpeg_2000
    mpegvideo mpjpeg msnwctcp msp nc obu pdv rawvideo ser simbiosis_imx txd v210 v210x vc1 vc1test vvc webp_anim
    yuv4mpegpipe`),
);
/** Bare samples or packets: nothing in the file says how they are to be read. */
const BARE = new Set(
  words(`
    alaw aptx_hd codec2 codec2raw data f32be f32le f64be f64le g722 g726 g726le g728 gsm mpegtsraw mulaw s16be s16le
    s24be s24le s32be s32le s8 sln u16be u16le u24be u24le u32be u32le u8 vidc`),
);
/** Those that are always recorded in one way, so that the ending of the file's name is enough. */
const TOLD_BY_NAME: Readonly<Record<string, string>> = {
  g722: "g722",
  "722": "g722",
  g723: "g723_1",
  g728: "g728",
  g729: "g729",
  gsm: "gsm",
  sbc: "sbc",
  sln: "sln",
};
/** How files begin that say what they are, whatever their names end in. */
const SIGNATURE = /^(RIFF|RF64|OggS|fLaC|FORM|caff|ID3|#!AMR|\.snd|.{4}ftyp)/s;

/** The first of a container's names; the others are names of the same demuxer. */
export function containerName(format: InputFormat): string {
  return (format.name ?? "").split(",")[0]!;
}

/**
 * Why a container is not opened; null when it is. The text completes the sentence "The file …".
 */
export function containerRefusal(format: InputFormat): string | null {
  const name = containerName(format);
  if (LISTS.has(name)) return `is a list of other files or addresses (${name}), not a recording`;
  if (SCRIPTS.has(name)) return `holds instructions to make sound (${name}), not a recording`;
  if (TEXTS.has(name)) return `is a text (${name}), not a recording`;
  if (PICTURES.has(name) || name.endsWith("_pipe"))
    return `holds pictures without sound (${name.replace(/_pipe$/, "")})`;
  if (BARE.has(name)) return `does not say how its sound is stored (${name})`;
  // Devices and network sessions open something else than the bytes they are given.
  if ((format.flags & AVFMT_NOFILE) !== 0) return `is no file (${name})`;
  return OPENED_CONTAINERS.has(name) ? null : `is of a kind that is not read (${name})`;
}

/** How much is looked at to tell what it is, bytes. */
const PROBE_BYTES = 256 * 1024;

/**
 * The container that the bytes are in, told by the bytes; by the ending of the name only for the few kinds that cannot
 * be told otherwise.
 *
 * @param name - path or address that the bytes came from
 * @throws {@link UnreadableAudioError} when it is unknown or not one that is opened
 */
export function findContainer(bytes: Buffer, name: string): InputFormat {
  const told = SIGNATURE.test(bytes.toString("latin1", 0, 12)) ? null : byEnding(name);
  if (told) return told;
  // FFmpeg does not know it unless the name ends in .m3u8; many a link to a radio station ends here.
  if (bytes.toString("latin1", 0, 7) === "#EXTM3U")
    throw new UnreadableAudioError("is a list of other files or addresses (m3u), not a recording");
  const start = afterTag(bytes);
  const format = InputFormat.probe(bytes.subarray(start, start + PROBE_BYTES));
  if (!format) throw new UnreadableAudioError("holds no sound that is known");
  const refusal = containerRefusal(format);
  if (refusal !== null) throw new UnreadableAudioError(refusal);
  return format;
}

function byEnding(name: string): InputFormat | null {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TOLD_BY_NAME, ending) ? InputFormat.findInputFormat(TOLD_BY_NAME[ending]!) : null;
}

/** Where an ID3v2 tag ends. With a picture of the cover it may be longer than what is looked at. */
function afterTag(bytes: Buffer): number {
  if (bytes.length < 10 || bytes.toString("latin1", 0, 3) !== "ID3") return 0;
  // Seven bits of each byte; FFmpeg's demuxers leave the tag out by themselves.
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (bytes[at]! & 0x7f), 0);
  return 10 + size < bytes.length ? 10 + size : 0;
}
