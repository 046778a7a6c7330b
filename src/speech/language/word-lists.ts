/** Frequent words, by main language: a short text has few letters, but mostly one of these. */
const LISTS: Readonly<Record<string, string>> = {
  en: "the and is are to of it you i we they he she this that with for be not have has does my your our hello what how were will can all who or but from by there here good very if yes please thank thanks hi welcome today",
  de: "der das und ist nicht ein eine sie ich wir mit für auf den dem zu über sind heute guten von es auch wie uns hallo danke bitte",
  es: "el la los las y es una un que con por para está están hola todos hoy cómo del al bienvenidos de en no se su gracias muy como lo",
  fr: "le la les et est une un des du je vous nous pour avec dans que bonjour pas sur au de ce il elle merci qui à",
  it: "il gli e è un una di che con per sono ciao oggi della questo non la le i tutti grazie si come del",
  pt: "e é uma que com para não você olá hoje da em todos obrigado por se como de",
  nl: "de het een en is van ik je niet voor zijn dat hallo vandaag wij ons u allemaal dank op te",
  pl: "na jest nie się to z że do dzień dobry jak dziękuję witam cześć ale",
  tr: "ve bir bu için ile merhaba bugün değil çok herkese nasıl ne ben sen teşekkürler da de",
  sv: "och är en ett det som på för inte hej jag vi du att av med till idag tack",
  fi: "ja on ei se että hän minä olen mitä hei tänään kiitos hyvää tervetuloa ovat myös kaikille",
  da: "og er en et det som på for ikke hej jeg vi du at af med til i dag tak",
  nb: "og er en et det som på for ikke hei jeg vi du at av med til i dag takk",
  cs: "je se na v to že jsem dobrý den ahoj jak děkuji není co",
  hu: "az és egy nem hogy van szia köszönöm jó napot ez",
  ro: "și este un în la cu nu pe de bună ziua mulțumesc să",
  vi: "và là của không có một xin chào các bạn tôi",
  id: "dan yang di ini itu tidak saya selamat terima kasih untuk dengan",
};

export const COMMON_WORDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(LISTS).map(([language, words]) => [language, new Set(words.split(" "))]),
);

/** Letters that give a language away among those in Latin letters. */
export const TELLING_LETTERS: ReadonlyMap<string, RegExp> = new Map([
  ["de", /[äöüß]/i],
  ["es", /[ñ¿¡]/i],
  ["fr", /[àâçêëîïôœùû]/i],
  ["it", /[àèìò]/i],
  ["pt", /[ãõ]/i],
  ["pl", /[ąćęłńśźż]/i],
  ["tr", /[ğışİ]/],
  ["sv", /[åäö]/i],
  ["fi", /[äö]/i],
  ["da", /[åæø]/i],
  ["nb", /[åæø]/i],
  ["cs", /[ěřůčšž]/i],
  ["hu", /[őű]/i],
  ["ro", /[ășț]/i],
  ["vi", /[ơưđ]/i],
]);
