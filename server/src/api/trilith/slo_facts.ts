import type { SloFacts } from '@trilith/contract';
import { type HttpResponse, jsonResponse } from '../../base/http.ts';
import type { SloFact } from '../../model/slo_fact.ts';
import { StoreError } from '../../store/index.ts';
import { RequestError } from './respond.ts';

/** Facts of one answer: those of an objective that is counted as one over everything that is kept (13 months), and some. */
const MOST_FACTS = 150_000;

interface FactsRange {
  /** Id of the objective. */
  readonly objective: string;
  /** Slots that end after `fromMs` and not after `toMs`, ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the store keeps of an objective as it is defined now. Rejects with StoreError, of the kind `limit` for more than `most`. */
export type FactsReader = (range: FactsRange, most: number) => Promise<readonly SloFact[]>;

/** Facts of an objective as JSON (`contract/src/slo_facts.ts`) or as CSV (RFC 4180). Rejects with RequestError and as `read` does. */
export async function factsAnswer(range: FactsRange, format: string | null, read: FactsReader): Promise<HttpResponse> {
  if (format !== null && format !== 'csv' && format !== 'json')
    throw new RequestError(
      400,
      'bad_request',
      `format must be csv or json, not ${JSON.stringify(format.slice(0, 40))}`,
    );
  const facts = await read(range, MOST_FACTS).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error.kind !== 'limit') throw error;
    const words = `more than ${MOST_FACTS} facts: ask for a shorter range`;
    throw new RequestError(422, 'query_limit', words, { cause: error });
  });
  if (format !== 'csv') return jsonResponse(200, { ...range, facts: facts.map(factOf) } satisfies SloFacts);
  return {
    status: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(range.objective)}.csv`,
    },
    body: csvOf(facts),
  };
}

function factOf({ slotMs, dimension, bad, total }: SloFact): SloFacts['facts'][number] {
  // Written by the keeper from a label set.
  const labels = dimension === '' ? {} : (JSON.parse(dimension) as Record<string, string>);
  return { slotMs, labels, bad, total };
}

function csvOf(facts: readonly SloFact[]): string {
  const rows = facts.map(({ slotMs, dimension, bad, total }) =>
    [new Date(slotMs).toISOString(), quoted(dimension), String(bad), String(total)].join(','),
  );
  return [['slot_end', 'labels', 'bad', 'total'].join(','), ...rows, ''].join('\r\n');
}

/** Labels are JSON, or nothing: they hold quotes and commas, and never begin as a formula would. */
const quoted = (text: string): string => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`);
