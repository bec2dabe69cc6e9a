import type { LogPattern } from '@trilith/contract';
import { patternParts } from './patternTokens.ts';

/** The longest pattern a rule may have, and text it may look for. */
const longestPattern = 1000;
/** Of a service's name in the rule's. */
const longestService = 40;

/** Whether a pattern has any text of its own: one of holes alone fits every line. */
export function saysSomething(pattern: string): boolean {
  return patternParts(pattern).some((part) => typeof part === 'string' && /[\p{L}\p{N}]/u.test(part));
}

type Ruled = Pick<LogPattern, 'pattern' | 'service' | 'level'>;

/** A rule of `noise` in trilith.yaml (docs/noise.md) that drops the lines of a pattern, as an entry of that list. */
export function noiseRuleOf({ pattern, service, level }: Ruled): string {
  const literals = patternParts(pattern).filter((part) => typeof part === 'string');
  const expression = `(?s)${patternParts(pattern)
    .map((part) => (typeof part === 'number' ? '.*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')))
    .join('')}`;
  const longest = literals.reduce((a, b) => (b.length > a.length ? b : a), '').slice(0, longestPattern);
  const which = expression.length <= longestPattern ? ['pattern', expression] : ['contains', longest];
  return [
    `- name: ${nameOf(service, pattern)}`,
    '  action: drop',
    ...(service === '' ? [] : [`  services: [${JSON.stringify(service)}]`]),
    `  levels: [${level === '' ? 'UNKNOWN' : level}]`,
    `  ${which[0]}: ${JSON.stringify(which[1])}`,
    '',
  ].join('\n');
}

/** A name that other patterns of the service do not get. */
function nameOf(service: string, pattern: string): string {
  let hash = 0;
  for (let i = 0; i < pattern.length; i += 1) hash = (Math.imul(hash, 31) + pattern.charCodeAt(i)) | 0;
  const known = service.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  return `drop-${known.slice(0, longestService)}-${(hash >>> 0).toString(16)}`;
}
