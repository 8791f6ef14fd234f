/** Names that are in use beside those of CLDR. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  eire: 'IE',
  usa: 'US',
  rsa: 'ZA',
  'czech republic': 'CZ',
  'hong kong': 'HK',
  'republic of ireland': 'IE',
  holland: 'NL',
  'great britain': 'GB',
};

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** The ISO 3166-1 alpha-2 code of a country by its English name; nothing for a name that is no country's. */
export function countryCode(name: string): string | undefined {
  codes ??= codesByName();
  return codes.get(name.trim().toLowerCase());
}

let codes: ReadonlyMap<string, string> | undefined;

/** Node knows the names of all regions by their codes; here they are the other way round. */
function codesByName(): Map<string, string> {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const byName = new Map<string, string>();
  for (const code of LETTERS.flatMap((first) => LETTERS.map((second) => first + second))) {
    const name = names.of(code)?.toLowerCase();
    // A code that has been given up has the name of its successor.
    const isCurrent = new Intl.Locale(`und-${code}`).region === code;
    if (name && isCurrent && !NO_COUNTRIES.has(code)) byName.set(name, code);
  }
  for (const [name, code] of Object.entries(OTHER_NAMES)) byName.set(name, code);
  return byName;
}

/** Regions of CLDR in which no parcel can be addressed. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);
