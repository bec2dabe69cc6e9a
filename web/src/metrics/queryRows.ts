import type { Patch } from '../url/view.ts';

/** Names of the queries of a page; formulas refer to queries by them. */
export const letters = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'] as const;
export type Letter = (typeof letters)[number];

/** How a query is asked: over the range, or once at its end. */
export type QueryType = 'range' | 'instant';

export interface QueryRow {
  readonly letter: Letter;
  /** PromQL; of a formula PromQL over the letters of the rows above it. */
  readonly text: string;
  readonly formula: boolean;
  readonly on: boolean;
  readonly type: QueryType;
  /** How series are named: `{{label}}` stands for a label's value; empty for the usual name. */
  readonly legend: string;
  /** The finest step asked for, ms; 0 for whatever the width of the graph allows. */
  readonly minStepMs: number;
}

function emptyRow(letter: Letter): QueryRow {
  return { letter, text: '', formula: false, on: true, type: 'range', legend: '', minStepMs: 0 };
}

/** The first query keeps the plain name `q`, by which every link to this screen asks its question. */
const textName = (letter: Letter): string => (letter === 'A' ? 'q' : `q${letter}`);

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15s`, `1m30s` or `500ms` in ms; 0 for anything else. */
export function stepMsOf(text: string): number {
  if (!/^(?:\d{1,6}(?:ms|[smhd]))+$/.test(text.trim())) return 0;
  let total = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[smhd])/g))
    total += Number(digits) * (unitMs[unit ?? ''] ?? 0);
  return total;
}

/** The reverse of {@link stepMsOf}; empty for 0. */
export function stepText(ms: number): string {
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = unitMs[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** The queries of an address: `q` and `qB` … with `oB=off,instant,formula,step:30s` and `lB=<legend>`. Never empty. */
export function readRows(params: URLSearchParams): readonly QueryRow[] {
  const rows = letters.flatMap((letter): readonly QueryRow[] => {
    const text = params.get(textName(letter));
    const options = params.get(`o${letter}`)?.split(',') ?? [];
    if (text === null && options.length === 0) return [];
    const step = options.find((option) => option.startsWith('step:'))?.slice(5) ?? '';
    return [
      {
        letter,
        text: text ?? '',
        formula: options.includes('formula'),
        on: !options.includes('off'),
        type: options.includes('instant') ? 'instant' : 'range',
        legend: params.get(`l${letter}`) ?? '',
        minStepMs: stepMsOf(step),
      },
    ];
  });
  return rows.length === 0 ? [emptyRow('A')] : rows;
}

/** What an address must hold for these rows; names of absent rows are taken away. */
export function rowsPatch(rows: readonly QueryRow[]): Patch {
  const patch: Record<string, string | null> = {};
  const alone = rows.length === 1;
  for (const letter of letters) {
    const row = rows.find((one) => one.letter === letter);
    const options = row === undefined ? [] : optionsOf(row);
    // A row without text or options would vanish from the address: it says that it is there.
    if (row !== undefined && row.text === '' && options.length === 0 && !(alone && letter === 'A')) options.push('on');
    patch[textName(letter)] = row?.text ?? null;
    patch[`o${letter}`] = options.join(',');
    patch[`l${letter}`] = row?.legend ?? null;
  }
  return patch;
}

function optionsOf(row: QueryRow): string[] {
  const options: string[] = [];
  if (row.formula) options.push('formula');
  if (!row.on) options.push('off');
  if (row.type === 'instant') options.push('instant');
  if (row.minStepMs > 0) options.push(`step:${stepText(row.minStepMs)}`);
  return options;
}

/** The rows with one more, under the first free letter; the same rows when there is none. A copy goes beside its original. */
export function withRow(rows: readonly QueryRow[], like: Partial<Omit<QueryRow, 'letter'>>): readonly QueryRow[] {
  const letter = letters.find((one) => !rows.some((row) => row.letter === one));
  if (letter === undefined) return rows;
  return [...rows, { ...emptyRow(letter), ...like, letter }].sort((a, b) => (a.letter < b.letter ? -1 : 1));
}

/** The rows without one; a page always has a first row. */
export function withoutRow(rows: readonly QueryRow[], letter: Letter): readonly QueryRow[] {
  const rest = rows.filter((row) => row.letter !== letter);
  return rest.length === 0 ? [emptyRow('A')] : rest;
}

export function changedRow(
  rows: readonly QueryRow[],
  letter: Letter,
  change: Partial<Omit<QueryRow, 'letter'>>,
): readonly QueryRow[] {
  return rows.map((row) => (row.letter === letter ? { ...row, ...change } : row));
}
