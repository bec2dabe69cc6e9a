import type { LogPattern } from '@trilith/contract';
import { patternParts } from './patternTokens.ts';

type Watched = Pick<LogPattern, 'pattern' | 'service' | 'level' | 'filter'>;

/** Words of a pattern that its rule is named by. */
const namedBy = 4;

/**
 * A rule that fires while lines of a pattern come: a group for a file of `rules.logql_files`, to be changed to taste. The
 * pattern's own filter is its selector.
 */
export function patternAlertOf(pattern: Watched): string {
  const { service, filter } = pattern;
  const text = patternParts(pattern.pattern)
    .filter((part) => typeof part === 'string')
    .join('…')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const name = `${service} ${text}`.match(/[A-Za-z][a-z]+|[A-Z]+/g)?.slice(0, namedBy) ?? [];
  return [
    'groups:',
    `  - name: ${JSON.stringify(service === '' ? 'log patterns' : `log patterns of ${service}`)}`,
    '    rules:',
    `      - alert: ${name.map((word) => word[0]?.toUpperCase() + word.slice(1).toLowerCase()).join('') || 'LogPattern'}`,
    `        expr: ${JSON.stringify(`sum(count_over_time(${filter} [5m])) > 0`)}`,
    '        for: 0s',
    '        labels:',
    '          severity: ticket',
    ...(service === '' ? [] : [`          service: ${JSON.stringify(service)}`]),
    '        annotations:',
    `          summary: ${JSON.stringify(`{{ $value }} lines in 5 minutes: ${text.slice(0, 200).replaceAll('{{', '{ {')}`)}`,
    '',
  ].join('\n');
}
