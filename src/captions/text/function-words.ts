/** Small words of a language that say where a sentence may be broken. */
export type FunctionWords = {
  /** A clause begins with them: a line should too. */
  readonly conjunctions: ReadonlySet<string>;
  /** A phrase begins with them; they do not end a line. */
  readonly prepositions: ReadonlySet<string>;
  /** They belong to the word after them. */
  readonly attached: ReadonlySet<string>;
  /** They belong to the word before them, e.g. postpositions. */
  readonly trailing: ReadonlySet<string>;
};

type Lists = { c?: string; p?: string; a?: string; t?: string };

const LISTS: Readonly<Record<string, Lists>> = {
  en: {
    c: "and or but because that which who whom whose when where while if so although though unless until since whether as than before after yet nor",
    p: "of to in on at by for with from into onto about over under between through during without within against among across behind beyond near toward towards upon like around along above below",
    a: "a an the my your his her its our their this these those no every each some any very too not is are was were be been has have had will would can could shall should may might must do does did don't i he she we they you it i'm i've mr mrs ms dr prof st",
  },
  de: {
    c: "und oder aber denn sondern weil dass daß ob wenn als wie während obwohl damit bevor nachdem bis sodass falls wo",
    p: "in im ins an am ans auf aus bei beim mit nach von vom zu zum zur für durch gegen ohne um über unter vor hinter neben zwischen seit wegen trotz",
    a: "der die das den dem des ein eine einen einem einer eines kein keine mein meine dein deine sein seine ihr ihre unser unsere dieser diese dieses diesen diesem sehr nicht ist sind war hat haben ich wir er sie es man herr frau dr",
  },
  es: {
    c: "y e o u pero porque que cuando donde mientras si aunque como sino pues quien cual",
    p: "a al de del en con por para sin sobre entre hasta desde hacia contra según durante",
    a: "el la los las lo un una unos unas mi mis tu tus su sus este esta estos estas ese esa muy no es son ha han se me te le les nos",
  },
  fr: {
    c: "et ou mais car que qui quand où si lorsque parce puisque comme donc dont ni",
    p: "à au aux de du des en dans avec pour par sans sur sous entre chez vers contre pendant depuis",
    a: "le la les un une ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs très ne pas est sont a ont je tu il elle on nous vous ils elles se me te y",
  },
  it: {
    c: "e ed o ma perché che quando dove mentre se come anche però chi cui",
    p: "a ad al allo alla ai agli alle di del dello della dei degli delle da dal dalla in nel nella nei con per su sul sulla tra fra senza",
    a: "il lo la i gli le un uno una mio mia tuo tua suo sua questo questa quello quella molto non è sono ha hanno si mi ti ci vi",
  },
  pt: {
    c: "e ou mas porque que quando onde enquanto se como embora pois quem",
    p: "a à ao aos às de do da dos das em no na nos nas com por pelo pela para sem sobre entre até desde",
    a: "o a os as um uma uns umas meu minha seu sua este esta esse essa muito não é são há tem se me te",
  },
  nl: {
    c: "en of maar want omdat dat die wie wanneer waar terwijl als hoewel zodat toen",
    p: "in op aan bij met naar van voor door tegen zonder om over onder tussen uit tot sinds te",
    a: "de het een mijn jouw zijn haar ons onze hun deze dit geen niet zeer is ik wij hij zij je we ze",
  },
  sv: {
    c: "och eller men för att som när där medan om eftersom så",
    p: "i på av till från med hos vid under över mellan utan mot",
    a: "en ett den det de min din sin vår er inte är jag du han hon vi",
  },
  pl: {
    c: "i a oraz lub albo ale bo że który która które gdy kiedy jeśli żeby ponieważ",
    p: "w we z ze na do od po o u przy dla bez przez pod nad przed za między",
    a: "nie się ten ta to mój moja jest są",
  },
  ru: {
    c: "и а но или что чтобы который которая которые когда где если потому хотя как",
    p: "в во на с со из к ко у о об от по до за под над при без для через между перед",
    a: "не ни мой моя твой этот эта это очень",
  },
  uk: {
    c: "і й та а але або що щоб який яка які коли де якщо бо тому хоча як",
    p: "в у на з із зі до від по о об за під над при без для через між перед",
    a: "не ні мій моя цей ця це дуже",
  },
  el: {
    c: "και κι ή αλλά όμως που ότι πως όταν όπου αν επειδή γιατί",
    p: "σε στο στη στην στον στα από με για προς χωρίς μέχρι",
    a: "ο η το οι τα του της των τον την τη ένας μια μία ένα δεν θα να μου σου είναι",
  },
  ar: {
    c: "أو لكن لأن أن إن الذي التي عندما حيث إذا ثم بل كما",
    p: "في من على إلى عن مع بين حتى منذ عند تحت فوق",
    a: "لا لم لن ما هذا هذه كل قد يا",
  },
  he: {
    c: "או אבל כי אשר כאשר אם אלא גם",
    p: "של על אל עם בין עד מן אחרי לפני בלי",
    a: "את לא כל זה זו אני הוא היא",
  },
  hi: {
    c: "और या लेकिन क्योंकि कि जो जब जहाँ अगर पर इसलिए",
    a: "यह वह एक मेरा मेरी न नहीं",
    t: "का की के को से में पर ने तक है हैं था थी थे हो भी ही",
  },
  tr: { c: "ve veya ama fakat çünkü ki", a: "bir bu şu o çok", t: "ile için gibi kadar da de mi mı" },
};

const set = (words = ""): ReadonlySet<string> => new Set(words.split(" "));

const LANGUAGES: readonly FunctionWords[] = Object.values(LISTS).map(({ c, p, a, t }) => ({
  conjunctions: set(c),
  prepositions: set(p),
  attached: set(a),
  trailing: set(t),
}));

/** The small words of the language in which most of the words are small ones, in lower case without marks. */
export function functionWordsOf(words: readonly string[]): FunctionWords {
  const hits = ({ conjunctions, prepositions, attached, trailing }: FunctionWords): number =>
    words.filter((w) => conjunctions.has(w) || prepositions.has(w) || attached.has(w) || trailing.has(w))
      .length;
  const counted = LANGUAGES.map((language) => ({ language, count: hits(language) }));
  return counted.reduce((best, other) => (other.count > best.count ? other : best)).language;
}
