/** Abbreviations before a name: they never end a sentence. */
export const TITLES: Readonly<Record<string, string>> = {
  dr: "doctor",
  mr: "mister",
  mrs: "missus",
  ms: "miz",
  mx: "mix",
  prof: "professor",
  gen: "general",
  col: "colonel",
  capt: "captain",
  lt: "lieutenant",
  sgt: "sergeant",
  rev: "reverend",
  hon: "honorable",
  gov: "governor",
  sen: "senator",
  rep: "representative",
  st: "saint",
  mt: "mount",
};

/** Other abbreviations that are written with a point; without it they may be words of their own. */
export const ABBREVIATIONS: Readonly<Record<string, string>> = {
  "e.g": "for example",
  "i.e": "that is",
  "a.k.a": "also known as",
  etc: "et cetera",
  vs: "versus",
  approx: "approximately",
  dept: "department",
  est: "established",
  fig: "figure",
  inc: "incorporated",
  ltd: "limited",
  corp: "corporation",
  co: "company",
  jr: "junior",
  sr: "senior",
  ave: "avenue",
  blvd: "boulevard",
  rd: "road",
  no: "number",
  nos: "numbers",
  vol: "volume",
  ed: "edition",
  min: "minutes",
  max: "maximum",
  jan: "january",
  feb: "february",
  mar: "march",
  apr: "april",
  jun: "june",
  jul: "july",
  aug: "august",
  sep: "september",
  sept: "september",
  oct: "october",
  nov: "november",
  dec: "december",
  mon: "monday",
  tue: "tuesday",
  tues: "tuesday",
  wed: "wednesday",
  thu: "thursday",
  thurs: "thursday",
  fri: "friday",
  sat: "saturday",
  sun: "sunday",
};

/** Abbreviations that cannot be anything else, with or without a point. */
export const UNMISTAKABLE: readonly string[] = ["etc", "vs", "approx", "dept", "blvd", "ltd", "jr"];

/** Units after a number: singular and plural. Case matters where it does in the unit. */
export const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  km: ["kilometer", "kilometers"],
  m: ["meter", "meters"],
  cm: ["centimeter", "centimeters"],
  mm: ["millimeter", "millimeters"],
  nm: ["nanometer", "nanometers"],
  kg: ["kilogram", "kilograms"],
  g: ["gram", "grams"],
  mg: ["milligram", "milligrams"],
  lb: ["pound", "pounds"],
  lbs: ["pound", "pounds"],
  oz: ["ounce", "ounces"],
  ft: ["foot", "feet"],
  mi: ["mile", "miles"],
  yd: ["yard", "yards"],
  mph: ["mile per hour", "miles per hour"],
  kph: ["kilometer per hour", "kilometers per hour"],
  "km/h": ["kilometer per hour", "kilometers per hour"],
  "m/s": ["meter per second", "meters per second"],
  hz: ["hertz", "hertz"],
  khz: ["kilohertz", "kilohertz"],
  mhz: ["megahertz", "megahertz"],
  ghz: ["gigahertz", "gigahertz"],
  kb: ["kilobyte", "kilobytes"],
  mb: ["megabyte", "megabytes"],
  gb: ["gigabyte", "gigabytes"],
  tb: ["terabyte", "terabytes"],
  kbps: ["kilobit per second", "kilobits per second"],
  mbps: ["megabit per second", "megabits per second"],
  gbps: ["gigabit per second", "gigabits per second"],
  w: ["watt", "watts"],
  kw: ["kilowatt", "kilowatts"],
  kwh: ["kilowatt hour", "kilowatt hours"],
  v: ["volt", "volts"],
  ml: ["milliliter", "milliliters"],
  l: ["liter", "liters"],
  ms: ["millisecond", "milliseconds"],
  s: ["second", "seconds"],
  sec: ["second", "seconds"],
  secs: ["second", "seconds"],
  min: ["minute", "minutes"],
  mins: ["minute", "minutes"],
  h: ["hour", "hours"],
  hr: ["hour", "hours"],
  hrs: ["hour", "hours"],
  px: ["pixel", "pixels"],
  fps: ["frame per second", "frames per second"],
  "°c": ["degree celsius", "degrees celsius"],
  "°f": ["degree fahrenheit", "degrees fahrenheit"],
  "°": ["degree", "degrees"],
  db: ["decibel", "decibels"],
  x: ["time", "times"],
  "%": ["percent", "percent"],
};

/** Units that are expanded even where no number stands before them. */
export const LONE_UNITS: readonly string[] = [
  "km",
  "cm",
  "mm",
  "kg",
  "mph",
  "km/h",
  "khz",
  "mhz",
  "ghz",
  "kwh",
];

export const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
] as const;

/** Currency signs and codes: singular and plural of the unit and of its hundredth. */
export const CURRENCIES: Readonly<
  Record<string, readonly [one: string, many: string, cent: string, cents: string]>
> = {
  $: ["dollar", "dollars", "cent", "cents"],
  USD: ["dollar", "dollars", "cent", "cents"],
  "€": ["euro", "euros", "cent", "cents"],
  EUR: ["euro", "euros", "cent", "cents"],
  "£": ["pound", "pounds", "penny", "pence"],
  GBP: ["pound", "pounds", "penny", "pence"],
  "¥": ["yen", "yen", "sen", "sen"],
  JPY: ["yen", "yen", "sen", "sen"],
  "₹": ["rupee", "rupees", "paisa", "paise"],
};

/** Upper-case words that are said as words although they are short. */
export const SPOKEN_CAPITALS: ReadonlySet<string> = new Set(
  (
    "A I AN AND ARE AS AT BE BIG BUT BY CAN DID DO FOR FUN GET GO GOD GOT HAS HE HER HEY HI HIM HIS HOT HOW IF IN IS LET ME MY " +
    "NEW NO NOT NOW OF OFF OH ON ONE OR OUR OUT SAY SEE SHE SO THE TO TOO TOP TRY TWO UP WAS WE WHO WHY WIN WOW YES YET YOU " +
    "ALL ANY DAY MAN MAY OLD WAY BAD BEST BUY END KEY LOT RED RUN SET SIX TEN USE ACT ADD AGO AIR ASK BAG BED BOX BOY CAR CUP " +
    "NASA NATO UNESCO UNICEF OPEC AIDS SIM PIN RAM ROM LAN WAN GIF LASER RADAR COVID FIFA SCUBA SWAT NAFTA ASCII GUI WASM CAPTCHA " +
    "FAQS MAMA PAPA DAD MOM POP TV OK"
  ).split(" "),
);

/** Longer upper-case words that are spelled although they could be said. */
export const SPELLED_CAPITALS: ReadonlySet<string> = new Set(
  "IEEE ISBN UEFA UCLA USAF AOL API AI CEO CFO CTO COO USA UAE EU UN UK US UI UX IO IOT IP ID IT IQ EQ OS AARP ATM ESPN EDM EEG EKG AC DC ADHD ACLU ASAP AWS URI URL USB APIS CEOS IDS AIS URLS".split(
    " ",
  ),
);

/** Pronunciations (ARPAbet) of words that the engine spells or says wrong. */
export const PRONUNCIATIONS: Readonly<Record<string, string>> = {
  hmm: "hh ah1 m",
  hm: "hh ah1 m",
  mm: "m ah1 m",
  mmm: "m ah1 m",
  shh: "sh ih1 sh",
  psst: "p ih1 s t",
  pfft: "p ih1 f t",
  brr: "b er1",
  grr: "g er1",
  nth: "eh1 n th",
  json: "jh ey1 s ax0 n",
  yaml: "y ae1 m ax0 l",
  jpeg: "jh ey1 p eh0 g",
  wifi: "w ay1 f ay0",
  gpt: "jh iy1 p iy1 t iy1",
  ok: "ow0 k ey1",
  tv: "t iy1 v iy1",
  parlante: "p aa0 r l aa1 n t ey0",
  podcast: "p aa1 d k ae0 s t",
  selfie: "s eh1 l f iy0",
  emoji: "ih0 m ow1 jh iy0",
  kubernetes: "k uw0 b er0 n eh1 t iy0 z",
  linux: "l ih1 n ax0 k s",
  ubuntu: "uh0 b uh1 n t uw0",
  nginx: "eh1 n jh ih0 n eh1 k s",
  github: "g ih1 t hh ah0 b",
  openai: "ow1 p ax0 n ey1 ay1",
  thousandth: "th aw1 z ax0 n d th",
  sql: "eh1 s k y uw1 eh1 l",
};

/** Names of the letters (ARPAbet). */
export const LETTER_NAMES: Readonly<Record<string, string>> = {
  a: "ey1",
  b: "b iy1",
  c: "s iy1",
  d: "d iy1",
  e: "iy1",
  f: "eh1 f",
  g: "jh iy1",
  h: "ey1 ch",
  i: "ay1",
  j: "jh ey1",
  k: "k ey1",
  l: "eh1 l",
  m: "eh1 m",
  n: "eh1 n",
  o: "ow1",
  p: "p iy1",
  q: "k y uw1",
  r: "aa1 r",
  s: "eh1 s",
  t: "t iy1",
  u: "y uw1",
  v: "v iy1",
  w: "d ah1 b ax0 l y uw1",
  x: "eh1 k s",
  y: "w ay1",
  z: "z iy1",
};
