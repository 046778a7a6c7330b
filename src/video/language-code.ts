/** ISO 639-2/T by the two letters of ISO 639-1, of the languages that are spoken here and some more. */
const THREE_LETTERS: Readonly<Record<string, string>> = Object.fromEntries(
  (
    "af:afr am:amh ar:ara az:aze be:bel bg:bul bn:ben bs:bos ca:cat cs:ces cy:cym da:dan de:deu el:ell en:eng eo:epo " +
    "es:spa et:est eu:eus fa:fas fi:fin fr:fra ga:gle gl:glg gu:guj he:heb hi:hin hr:hrv hu:hun hy:hye id:ind is:isl " +
    "it:ita ja:jpn ka:kat kk:kaz km:khm kn:kan ko:kor ku:kur ky:kir la:lat lb:ltz lo:lao lt:lit lv:lav mk:mkd ml:mal " +
    "mn:mon mr:mar ms:msa mt:mlt my:mya nb:nob ne:nep nl:nld nn:nno no:nor pa:pan pl:pol ps:pus pt:por ro:ron ru:rus " +
    "sd:snd si:sin sk:slk sl:slv so:som sq:sqi sr:srp sv:swe sw:swa ta:tam te:tel tg:tgk th:tha tk:tuk tl:tgl tr:tur " +
    "uk:ukr ur:urd uz:uzb vi:vie yi:yid zh:zho zu:zul"
  )
    .split(" ")
    .map((pair) => pair.split(":") as [string, string]),
);

/** The three letters by which a container names a language; `und` when it is not known. */
export function iso639(tag: string | null): string {
  const primary = (tag ?? "").split("-")[0]!.toLowerCase();
  if (/^[a-z]{3}$/.test(primary)) return primary;
  return THREE_LETTERS[primary] ?? "und";
}
