/**
 * How well a name or value answers a search term: 0 for not at all, 1 for best. The formulas are those of Prometheus'
 * search API (util/strutil subsequence and Jaro-Winkler, web/api/v1 search_filters), over code points.
 */
export type Score = (candidate: string) => number;

export type FuzzyAlgorithm = 'subsequence' | 'jarowinkler';

export const FUZZY_ALGORITHMS: readonly FuzzyAlgorithm[] = ['subsequence', 'jarowinkler'];

export interface SearchTerms {
  readonly terms: readonly string[];
  /** 0 to 1: fuzzy matches below are none. */
  readonly threshold: number;
  readonly algorithm: FuzzyAlgorithm;
  readonly caseSensitive: boolean;
}

/** The score of the best matching term; without terms everything scores 1. */
export function scoreOf({ terms, threshold, algorithm, caseSensitive }: SearchTerms): Score {
  const wanted = terms.filter((term) => term !== '').map((term) => (caseSensitive ? term : term.toLowerCase()));
  if (wanted.length === 0) return () => 1;
  const scores = wanted.map((term) =>
    algorithm === 'subsequence' ? subsequenceFilter(term, threshold) : jaroWinklerFilter(term, threshold),
  );
  return (candidate) => {
    const text = caseSensitive ? candidate : candidate.toLowerCase();
    let best = 0;
    for (const score of scores) {
      best = Math.max(best, score(text));
      if (best >= 1) break;
    }
    return best;
  };
}

function subsequenceFilter(term: string, threshold: number): Score {
  return (text) => {
    if (text.startsWith(term)) return 1;
    const score = subsequence(term, text);
    return score >= threshold ? score : 0;
  };
}

/** Contained, earlier being better; else similar by Jaro-Winkler when a threshold asks for that. */
function jaroWinklerFilter(term: string, threshold: number): Score {
  return (text) => {
    const at = text.indexOf(term);
    if (at === 0) return 1;
    if (at > 0) {
      const last = points(text).length - points(term).length;
      return last <= 0 ? 1 : 1 - (0.9 * points(text.slice(0, at)).length) / last;
    }
    if (threshold === 0) return 0;
    const score = jaroWinkler(term, text);
    return score >= threshold ? score : 0;
  };
}

const points = (text: string): readonly string[] => Array.from(text);

/** Matches that are not exact stay below 1, so that they can be told apart after rounding. */
const NOT_EXACT = 0.999;

/** Sum of squared runs, less gaps by the text's length, over the term's squared length; 0 when it is no subsequence. */
export function subsequence(term: string, text: string): number {
  if (term === text) return 1;
  const [wanted, letters] = [points(term), points(text)];
  let best = -1;
  for (let start = 0; start <= letters.length - wanted.length; start++) {
    if (letters[start] !== wanted[0]) continue;
    const score = runsFrom(start, wanted, letters);
    // What cannot be completed from here cannot be from any later start.
    if (score === undefined) break;
    best = Math.max(best, score);
  }
  return best < 0 ? 0 : (best / (wanted.length * wanted.length)) * NOT_EXACT;
}

function runsFrom(start: number, wanted: readonly string[], letters: readonly string[]): number | undefined {
  let score = 0;
  let next = 0;
  let end = 0;
  for (let i = start; i < letters.length && next < wanted.length; ) {
    if (letters[i] !== wanted[next]) {
      i++;
      continue;
    }
    const from = i;
    while (i < letters.length && next < wanted.length && letters[i] === wanted[next]) {
      i++;
      next++;
    }
    score += (i - from) ** 2 - (from - end) / letters.length;
    end = i;
  }
  return next < wanted.length ? undefined : score - (letters.length - end) / letters.length / 2;
}

/** Jaro-Winkler similarity with a prefix weight of 0.1. */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return 1;
  const [one, two] = [points(a), points(b)];
  const [short, long] = one.length <= two.length ? [one, two] : [two, one];
  if (short.length === 0) return 0;
  const { matches, transposed } = jaroMatches(short, long);
  if (matches === 0) return 0;
  const jaro = (matches / short.length + matches / long.length + (matches - transposed / 2) / matches) / 3;
  let prefix = 0;
  while (prefix < Math.min(4, short.length) && short[prefix] === long[prefix]) prefix++;
  return jaro + prefix * 0.1 * (1 - jaro);
}

function jaroMatches(
  short: readonly string[],
  long: readonly string[],
): { readonly matches: number; readonly transposed: number } {
  const distance = Math.max(Math.floor(long.length / 2) - 1, 0);
  const taken = new Uint8Array(long.length);
  const matched: string[] = [];
  for (let i = 0; i < short.length; i++) {
    for (let j = Math.max(i - distance, 0); j < Math.min(i + distance + 1, long.length); j++) {
      if (taken[j] === 1 || short[i] !== long[j]) continue;
      taken[j] = 1;
      matched.push(short[i] as string);
      break;
    }
  }
  const others = long.filter((_, j) => taken[j] === 1);
  return { matches: matched.length, transposed: matched.filter((letter, i) => letter !== others[i]).length };
}
