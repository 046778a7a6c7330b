import type { Random } from "../../src/shared/random.js";

const WORDS = {
  noun: `man woman child boy girl mother father friend neighbour doctor teacher farmer baker painter sailor driver king queen
    judge boss people house home room door window wall floor roof garden street road bridge river lake ocean mountain valley
    forest field island village city town market shop bank church school college office factory station harbour airport
    museum library theatre hospital kitchen table chair bed lamp mirror clock box bag basket bottle cup plate knife fork
    spoon book paper letter page picture camera phone computer screen button wire engine wheel boat ship train bus car bike
    plane tool hammer saw rope ladder bucket paint brush money price job work business company project plan map guide story
    news song music voice word language question answer problem idea thought dream truth law rule game team ball prize summer
    winter autumn spring morning evening night month week year hour minute weather rain snow wind storm cloud sun moon star
    sky fire smoke water ice earth sand stone rock gold silver iron wood glass cloth wool leather food bread butter cheese
    milk egg meat fish apple peach pear plum berry cherry lemon orange grape pepper potato tomato bean rice soup pie cake
    sugar salt tea coffee wine beer horse cow sheep goat pig dog cat mouse bird duck goose hen wolf fox bear lion tiger
    elephant monkey snake frog bee tree leaf flower rose grass seed root hand finger arm shoulder back neck head face eye ear
    nose mouth lip tooth tongue hair heart bone blood skin leg knee foot shoe coat shirt hat glove ring purpose version
    measure pleasure treasure vision garage beige thing path breath bath month youth birth mouth cloth`,
  verb: `makes takes gives finds keeps holds leaves brings buys sells builds breaks opens closes moves turns pushes pulls
    lifts drops throws catches carries follows leads meets helps needs wants likes loves hates fears hears sees watches
    knows learns teaches reads writes draws paints sings plays cooks eats drinks washes cleans cuts fixes saves spends wins
    loses forgets remembers believes understands chooses changes covers fills measures offers promises refuses shows uses
    visits covers improves removes approves provides produces prepares compares`,
  past: `made took gave found kept held left brought bought sold built broke opened closed moved turned pushed pulled lifted
    dropped threw caught carried followed met helped needed wanted liked loved saw watched knew learned taught read wrote
    drew painted sang played cooked ate drank washed cleaned cut fixed saved spent won lost forgot remembered believed
    chose changed covered filled offered promised refused showed used visited improved removed proved`,
  adjective: `big small old new young long short high low wide narrow deep thick thin heavy light hot cold warm cool dry wet
    hard soft rough smooth sharp dull bright dark clean dirty rich poor strong weak fast slow early late good bad happy sad
    angry calm proud brave kind clever wise foolish funny strange simple plain rare common public private famous popular
    purple yellow blue green brown black white grey pink red beautiful careful useful peaceful powerful wonderful possible
    probable comfortable valuable visible favourite above five twelve seven eleven fourth fifth`,
  adverb: `often never always sometimes usually slowly quickly quietly loudly gently carefully finally suddenly really nearly
    almost even still again together today tomorrow yesterday here there everywhere above below outside inside maybe perhaps`,
  preposition: `in on at by with without under over behind before after above below between from into through across along
    around about against beside beyond near of for`,
  name: `Bob Pam Tom Mary Peter Paul Fiona Victor Maeve Philip Simon Beth Judith Theo George Charlotte Shaun Gina Walter Wendy
    Yvonne Hugh Henry Ruth Larry Laura Niall Nina Oscar Owen Ursula Alma Emma Abby Bram Viv Moby Bobby Mabel Amy`,
} as const;

type Kind = keyof typeof WORDS;

const lists = Object.fromEntries(
  Object.entries(WORDS).map(([kind, text]) => [kind, text.split(/\s+/)]),
) as Record<Kind, string[]>;

const PATTERNS: readonly string[] = [
  "The adjective noun verb a noun.",
  "name past the noun preposition the adjective noun.",
  "adverb, the noun and the noun past my adjective noun.",
  "Why does name say that the noun was adjective?",
  "If you see a noun preposition the noun, you should tell name.",
  "We have number adjective noun, but they need number.",
  "name and name verb this noun adverb.",
  "There is no noun preposition our noun, so I past it adverb.",
  "Please give me the adjective noun, not the noun of name.",
  "What would happen to the noun preposition that adjective noun?",
  "It was a adjective noun, a adjective noun, and a adverb adjective noun.",
  "You can put the noun preposition the noun while he verb the noun.",
  "adverb she past him with her adjective noun.",
  "noun, noun, and noun are what the noun verb most.",
  "Hello name, how are you? My noun is adverb adjective.",
  "I don't think that noun verb noun preposition noun.",
];

/** A sentence of English words in an English order; what it says makes no sense. */
export function englishSentence(random: Random): string {
  const pattern = pick(PATTERNS, random);
  const words = pattern.replace(/[a-z]+/gi, (word) => {
    if (word === "number") return String(Math.floor(random.between(2, 2000)));
    const list = Object.hasOwn(lists, word) ? lists[word as Kind] : null;
    return list === null ? word : pick(list, random);
  });
  return words[0]!.toUpperCase() + words.slice(1);
}

const REGIONS =
  "US DE JP BR EG UA FR ES IT PL TR NL SE FI CN KR IN SA MX AR CA AU ZA NG KE VN TH ID PH GB IE PT GR CH AT BE DK NO CZ HU RO BG HR RS MA TN ET PE CL CO VE CU JM IS EE LV LT GE AM KZ MN NP LK".split(
    " ",
  );
const LANGUAGES = "fi zh pt ar de el hi hu it ja ko nl pl ru sv tr uk vi fr es en ca eu ga cy".split(" ");
const CURRENCIES = "USD JPY EUR GBP CHF SEK PLN TRY INR BRL MXN KRW".split(" ");

/** A list of names, dates and numbers in any language, from the language data that Node brings along. */
export function foreignSentence(language: string, random: Random): string {
  const named = (type: "region" | "language" | "currency", codes: readonly string[]): string =>
    new Intl.DisplayNames(language, { type }).of(pick(codes, random)) ?? "";
  const day = new Date(Date.UTC(1970 + random.between(0, 80), random.between(0, 12), random.between(1, 28)));
  const date = new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone: "UTC" }).format(day);
  const parts = [
    () => named("region", REGIONS),
    () => named("language", LANGUAGES),
    () => `${Math.floor(random.between(2, 900))} ${named("currency", CURRENCIES)}`,
    () => date,
    () => String(Math.floor(random.between(10, 9_999))),
  ];
  const count = Math.floor(random.between(3, 6));
  return `${Array.from({ length: count }, () => pick(parts, random)()).join(", ")}.`;
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random.next() * items.length)]!;
}
