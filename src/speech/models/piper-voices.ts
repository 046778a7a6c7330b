import type { ModelEntry, ModelSpeaker } from "./model.js";

/** Sizes in bytes and MD5 as the project's own list of voices gives them (voices.json). */
type Row = readonly [
  /** Language, name and quality: the parts of the id. */
  language: string,
  name: string,
  quality: "x_low" | "low" | "medium" | "high",
  model: readonly [size: number, md5: string],
  config: readonly [size: number, md5: string],
  /** Licence of the recordings; null where only the card says it. */
  data: string | null,
  speakers: Readonly<Record<string, ModelSpeaker["gender"]>>,
];

const CC0 = "CC0";
const BLIZZARD = "Blizzard 2013 research licence, not commercial";
const BY_NC_SA = "CC BY-NC-SA 4.0, not commercial";
/** Size of the network of most voices of medium quality. */
const MEDIUM = 63_201_294;

/* Each row is a voice; wrapping it would hide that. */
// biome-ignore format: a table
const ROWS: readonly Row[] = [
  ["en_US", "lessac", "medium", [MEDIUM, "2fc642b535197b6305c7c8f92dc8b24f"], [4885, "c1f2b7bddefe113f3255ff9ef234cfd3"], BLIZZARD, { lessac: "female" }],
  ["en_US", "lessac", "high", [113_895_201, "99d1f6181a7f5ccbe3f117ba8ce63c93"], [4883, "02e8e364c86b5d3b75e81704b0369856"], BLIZZARD, { lessac: "female" }],
  ["en_US", "ryan", "medium", [MEDIUM, "8f06d3aff8ded5a7f13f907e6bec32ac"], [4883, "f173a2b5202b3e4128ccc3ed8195306c"], BY_NC_SA, { ryan: "male" }],
  ["en_US", "ryan", "high", [120_786_792, "5d879a17bddf5007f76655b445ba78b4"], [4166, "444ff9d6c17218a0eb1d12a20559d869"], BY_NC_SA, { ryan: "male" }],
  ["en_US", "amy", "medium", [MEDIUM, "778d28aeb95fcdf8a882344d9df142fc"], [4882, "7f37dadb26340c90ebc8088e0b252310"], null, { amy: "female" }],
  ["en_US", "hfc_female", "medium", [MEDIUM, "7abec91f1d6e19e913fbc4a333f62787"], [5033, "c3d00f54dac3b4068f2576c15c5da3bc"], null, { hfc_female: "female" }],
  ["en_US", "hfc_male", "medium", [MEDIUM, "cd2fda1933f0653d3ddc85e5f30ebdd2"], [5033, "9b4849dbc1e72f35de7391528dea60d9"], null, { hfc_male: "male" }],
  ["en_US", "joe", "medium", [MEDIUM, "74fd6a4dc39e0aa9dce145d7f5acd4f6"], [4794, "811036b9c1451545f9495fdc1baa0754"], CC0, { joe: "male" }],
  // 904 readers of LibriTTS by their numbers; these are a few.
  ["en_US", "libritts_r", "medium", [78_580_914, "bb2c2776cffbfd736c7c497f620c0ca6"], [20_123, "c740db18a0dab11b13ce0292ea1196c6"], null, { "16": "female", "17": "male", "3922": "unknown", "8699": "unknown" }],
  ["en_GB", "alan", "medium", [MEDIUM, "8f6b35eeb8ef6269021c6cb6d2414c9b"], [4888, "b11d9afd0a8f5372c42a52fbd6e021d4"], null, { alan: "male" }],
  ["en_GB", "alba", "medium", [MEDIUM, "c07f313752bb3aba8061041666251654"], [4888, "dbb6f2ede31082710665221417906e13"], null, { alba: "female" }],
  ["en_GB", "jenny_dioco", "medium", [MEDIUM, "d08f2f7edf0c858275a7eca74ff2a9e4"], [4895, "e999a9c0aa535fb42e43b04cebcd65d2"], null, { jenny_dioco: "female" }],
  ["en_GB", "northern_english_male", "medium", [MEDIUM, "4c9a9735bfb76ad67c8b31b23d6840a0"], [4847, "0ce3f61a9604616ed475c921fdeedb1a"], null, { northern_english_male: "male" }],
  ["en_GB", "semaine", "medium", [76_737_711, "3634c3b388165d3b698ea07ba3cac7d2"], [5076, "c30f92604f6ce3f378e7211440f13c8f"], null, { prudence: "female", spike: "male", obadiah: "male", poppy: "female" }],
  ["ar_JO", "kareem", "medium", [MEDIUM, "c0697df8a7fb180079cc5ac523f91a8e"], [5024, "dd70b31eb5a395907241b1e5367ace3a"], null, { kareem: "male" }],
  ["cs_CZ", "jirka", "medium", [MEDIUM, "da2deb0a3f93226a3f9b6e40d43c46ca"], [5025, "2762e45c5b084694093c683a5da7cf94"], null, { jirka: "male" }],
  ["da_DK", "talesyntese", "medium", [MEDIUM, "9c05494a3e0c1136337581e01222395d"], [4878, "8a56843f52992e490f062e68c14fa193"], null, { talesyntese: "unknown" }],
  ["de_DE", "thorsten", "medium", [MEDIUM, "a129b00fb3078df43c96bab6c94535c0"], [4819, "843a7bd7272724f750534dd5a26d1aad"], CC0, { thorsten: "male" }],
  ["de_DE", "thorsten", "high", [113_895_201, "256505fe58fb8b9d6ed78b83f6b8a9d2"], [4875, "e81686e00a9d825e2488ead660bec6fd"], CC0, { thorsten: "male" }],
  ["de_DE", "kerstin", "low", [63_104_526, "1d5e5788cfddb04cbb34418f2841931e"], [4158, "a96995af6c1c5b37ed3d62b5107e1d9a"], CC0, { kerstin: "female" }],
  ["el_GR", "rapunzelina", "low", [63_104_526, "04e0151b653bb64540b1cde027054140"], [4169, "b2b064991a72745a5b444af536afbe86"], null, { rapunzelina: "female" }],
  ["es_ES", "davefx", "medium", [MEDIUM, "dc515cd4ecc5f6f72fe14a941188fc9c"], [4817, "dd157b5eaf6930bf949cf416d9a9307a"], null, { davefx: "male" }],
  ["es_ES", "sharvard", "medium", [76_733_615, "77e6f9c26e92799fb04bb90b46bf1834"], [4903, "e49cab310ce362145f7d94b347c291ff"], null, { M: "male", F: "female" }],
  ["es_MX", "ald", "medium", [MEDIUM, "86374058e59b41ac3b7fe4181e1daad6"], [4889, "31c5463bf001d6e69bf57fc5916c0908"], null, { ald: "male" }],
  ["fi_FI", "harri", "medium", [MEDIUM, "8e96b9e765f8db3e910943520aa0f475"], [4873, "d944b7607e545ee3a0d06887c3e4ccc4"], null, { harri: "male" }],
  ["fr_FR", "siwis", "medium", [MEDIUM, "20e876e8c839e9b11a26085858f2300c"], [4875, "a407e7e6901feb79c2ea2a5466076cce"], null, { siwis: "female" }],
  ["fr_FR", "tom", "medium", [63_511_038, "5b460c2394a871e675f5c798af149412"], [4959, "964d58602df7adf76c2401b070f68ea2"], null, { tom: "male" }],
  ["fr_FR", "upmc", "medium", [76_733_615, "6837ede9408c7e1b39fa4a126af9e865"], [4996, "574571ae93aba72dbd159582981037da"], null, { jessica: "female", pierre: "male" }],
  ["hu_HU", "anna", "medium", [MEDIUM, "3796f9fa28bd8d390d17828e2e2e952d"], [5018, "ae63867e2c2cb6695555a17bdee8b751"], null, { anna: "female" }],
  ["it_IT", "riccardo", "x_low", [28_130_791, "2c564b67f6bfaf3ad02d28ab528929b8"], [4161, "ed24cd550b79acbdc337e519849e9636"], null, { riccardo: "male" }],
  ["nl_BE", "nathalie", "medium", [MEDIUM, "ab0c38b5f66764b59ad9e3e98b1c2172"], [4879, "13c6e6c9511447e1906c25748a93f0bd"], null, { nathalie: "female" }],
  ["nl_BE", "rdh", "medium", [63_104_526, "33d3469d745677ec4d7e96eb4145b09e"], [4159, "4a7629a2d00a62e72b8692f7a19135f1"], null, { rdh: "male" }],
  ["no_NO", "talesyntese", "medium", [MEDIUM, "9fc876e7edc6593086b4f2f34889f44b"], [4880, "94b938e1bd319e6a084dc8380fb53619"], null, { talesyntese: "unknown" }],
  ["pl_PL", "darkman", "medium", [MEDIUM, "27bf2d71e934b112657544fd0b100a7a"], [4816, "1c13180312cca98cb75ca39b31972056"], CC0, { darkman: "male" }],
  ["pl_PL", "gosia", "medium", [MEDIUM, "ecf817530e575025166e454adde1f382"], [4814, "e57055b9eec14e570617af2b716bd5c3"], CC0, { gosia: "female" }],
  ["pt_BR", "faber", "medium", [MEDIUM, "e0724a2f07965f6523d2a1e96b488a4c"], [4855, "a1258e1e113c47d9a1486a9bef1daab4"], CC0, { faber: "male" }],
  ["ro_RO", "mihai", "medium", [MEDIUM, "45f4253916c93d3d05ad3fe1b07ea4f3"], [4877, "f820f8ba65a8646c68792be581b85144"], null, { mihai: "male" }],
  ["ru_RU", "dmitri", "medium", [MEDIUM, "589ccc91745a1e2353508ff62c5941b7"], [4824, "4eaf0d090190ecb8d958d40c76fd85e8"], CC0, { dmitri: "male" }],
  ["ru_RU", "irina", "medium", [MEDIUM, "21fbe77fdc68bdc35d7adb6bf4f52199"], [4765, "e239bb7f22d5de4a44ec6b1cb6c06bb5"], null, { irina: "female" }],
  ["sv_SE", "nst", "medium", [63_104_526, "20266cf58e93ca2140444b77398aea04"], [4157, "3a95d9b88bb3214bf4d0d7fcf8a1aea9"], null, { nst: "unknown" }],
  ["tr_TR", "dfki", "medium", [MEDIUM, "f51287b350a042dd8d67b2b215145e5a"], [4960, "683c97d5bf7588abb4d7b9ff556c9466"], null, { dfki: "male" }],
  ["tr_TR", "fettah", "medium", [MEDIUM, "596984449bd075fc18e6412c66ed99c2"], [4877, "583aa5f4bfac5237afb1cdbdf5bfc992"], null, { fettah: "male" }],
  ["uk_UA", "ukrainian_tts", "medium", [76_735_663, "3366c3d4f31cb77966fb14d042956b4f"], [2002, "3bf9b2b1fcc8e599947cdda4af130498"], null, { lada: "female", mykyta: "male", tetiana: "female" }],
  ["vi_VN", "vais1000", "medium", [MEDIUM, "5e42428c4f6131f75557cf156c9c1526"], [4860, "5ec9669253541d64ba97f60e422f1ad0"], null, { vais1000: "female" }],
  ["zh_CN", "huayan", "medium", [MEDIUM, "40cdb7930ff91b81574d5f0489e076ea"], [4822, "1fda3ec1d0d3a5a74064397ea8fe0af0"], null, { huayan: "female" }],
];

const REPOSITORY = "https://huggingface.co/rhasspy/piper-voices";

/**
 * Voices for Piper: a network (VITS) and its configuration. The cards with the licences of the recordings are not
 * among the files: they are edited now and then, and a voice must not become uninstallable by it.
 */
export const PIPER_VOICES: readonly ModelEntry[] = ROWS.map(
  ([language, name, quality, model, config, data, speakers]) => {
    const id = `${language}-${name}-${quality}`;
    const folder = `${language.split("_")[0]}/${language}/${name}/${quality}`;
    const file = (fileName: string, [sizeBytes, md5]: readonly [number, string]) => ({
      name: fileName,
      url: `${REPOSITORY}/resolve/main/${folder}/${fileName}`,
      sizeBytes,
      md5,
    });
    const cardUrl = `${REPOSITORY}/blob/main/${folder}/MODEL_CARD`;
    return {
      id,
      kind: "piper",
      language: language.replace("_", "-"),
      licence: `MIT; recordings: ${data ?? "see MODEL_CARD"} (${cardUrl})`,
      source: `${REPOSITORY}/tree/main/${folder}`,
      speakers: Object.entries(speakers).map(([speaker, gender]) => ({ name: speaker, gender })),
      // The small one first: when the maker has changed a voice, that is known at once.
      files: [file(`${id}.onnx.json`, config), file(`${id}.onnx`, model)],
    };
  },
);
