import type { RunbookQuery } from '@trilith/contract';
import { LogqlParseError, parse as parseLogql } from '@trilith/lang/logql';
import { ALL_FEATURES, PromqlParseError, parse as parsePromql, typeOf } from '@trilith/lang/promql';
import { parse as parseTraceql, TraceqlError } from '@trilith/lang/traceql';
import { fillLabels } from './query_labels.ts';

const LANGUAGES = ['promql', 'logql', 'traceql'] as const;
/** Stands for values while nobody knows them. */
const SOME_VALUE = 'x';

/**
 * The query of a fenced block, or undefined where the block is none.
 * @param info what follows the fence: a language, `table` where a table of the newest values is wanted, a title
 */
export function liveQueryOf(info: string, text: string): RunbookQuery | undefined {
  const [written = '', ...rest] = info.trim().split(/\s+/);
  const language = LANGUAGES.find((one) => one === written.toLowerCase());
  if (language === undefined) return undefined;
  const isTable = rest[0] === 'table';
  const title = (isTable ? rest.slice(1) : rest)
    .join(' ')
    .replace(/^title=/, '')
    .replace(/^"(.*)"$/, '$1');
  const template = text.trim();
  const base = { kind: 'query', language, title, query: template, missing: [] } as const;
  const filled = fillLabels(template, language, () => SOME_VALUE);
  try {
    const view = viewOf(filled.query, language);
    return { ...base, missing: [], view: view === 'graph' && isTable ? 'table' : view, problem: filled.problem };
  } catch (error) {
    if (!isParseError(error)) throw error;
    return { ...base, missing: [], view: 'graph', problem: error.message };
  }
}

const isParseError = (error: unknown): error is Error =>
  error instanceof PromqlParseError || error instanceof LogqlParseError || error instanceof TraceqlError;

/** How the answer of a query is shown. Throws the error of its language's parser. */
function viewOf(query: string, language: RunbookQuery['language']): RunbookQuery['view'] {
  switch (language) {
    case 'promql': {
      const type = typeOf(parsePromql(query, ALL_FEATURES));
      if (type === 'matrix' || type === 'string')
        throw new PromqlParseError(query, [
          {
            range: { start: 0, end: query.length },
            message: `a ${type === 'matrix' ? 'range vector' : 'string'} cannot be drawn`,
          },
        ]);
      return 'graph';
    }
    case 'logql':
      return parseLogql(query).kind === 'log' ? 'lines' : 'graph';
    case 'traceql':
      return parseTraceql(query).kind === 'search' ? 'traces' : 'graph';
  }
}
