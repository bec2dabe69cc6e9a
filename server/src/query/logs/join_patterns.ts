/** How often a pattern came in each step of a range. */
export interface PatternSeries {
  readonly service: string;
  /** As stored; empty when unknown. */
  readonly level: string;
  /** The template: `<_>` stands for what varies. */
  readonly text: string;
  /** The template stands inside a line, as a JSON line's message; else it is the whole line. */
  readonly inside: boolean;
  readonly counts: Float64Array;
  readonly total: number;
  /** Of these, lines that may have been counted before. */
  readonly marked: number;
}

const WILDCARD = '<_>';
/** Templates alike but for one word are joined when so many words stand there: then it is data, not a word of the program. */
const FEWEST_WORDS = 8;
/** Joining looks at so many templates, those with the most lines, and at no longer ones. */
const MOST_JOINED = 2_000;
const MOST_WORDS = 64;
/** A template may vary in so many places. */
const ROUNDS = 3;

/** Joins templates of a service and level that differ in one word, the most lines first. */
export function joinPatterns(patterns: readonly PatternSeries[]): PatternSeries[] {
  let all = [...patterns].sort((a, b) => b.total - a.total);
  for (let round = 0; round < ROUNDS; round++) {
    const joined = joinOnce(all);
    if (joined.length === all.length) break;
    all = joined;
  }
  return all;
}

function joinOnce(patterns: readonly PatternSeries[]): PatternSeries[] {
  const groups = new Map<string, PatternSeries[]>();
  for (const pattern of patterns.slice(0, MOST_JOINED)) {
    const words = pattern.text.split(' ');
    if (words.length > MOST_WORDS) continue;
    for (let i = 0; i < words.length; i++) {
      const key = keyOf(pattern, words, i);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [pattern]);
      else group.push(pattern);
    }
  }
  const taken = new Set<PatternSeries>();
  const joined: PatternSeries[] = [];
  const largest = [...groups]
    .filter(([, group]) => group.length >= FEWEST_WORDS)
    .sort(([, a], [, b]) => b.length - a.length);
  for (const [key, group] of largest) {
    const rest = group.filter((pattern) => !taken.has(pattern));
    if (rest.length < FEWEST_WORDS) continue;
    for (const pattern of rest) taken.add(pattern);
    joined.push(sumOf(rest, key.slice(key.lastIndexOf('\u0000') + 1)));
  }
  return [...joined, ...patterns.filter((pattern) => !taken.has(pattern))].sort((a, b) => b.total - a.total);
}

/** Equal for templates that are alike but for the word at `place`. */
function keyOf({ service, level, inside }: PatternSeries, words: readonly string[], place: number): string {
  const text = words.map((word, i) => (i === place ? WILDCARD : word)).join(' ');
  return `${service}\u0000${level}\u0000${inside}\u0000${place}\u0000${text}`;
}

function sumOf(patterns: readonly PatternSeries[], text: string): PatternSeries {
  const [first] = patterns;
  const counts = new Float64Array(first?.counts.length ?? 0);
  let total = 0;
  let marked = 0;
  for (const pattern of patterns) {
    total += pattern.total;
    marked += pattern.marked;
    pattern.counts.forEach((count, i) => {
      counts[i] = (counts[i] ?? 0) + count;
    });
  }
  return {
    service: first?.service ?? '',
    level: first?.level ?? '',
    inside: first?.inside ?? false,
    text,
    counts,
    total,
    marked,
  };
}
