import { RE2JS } from 're2js';
import { type Labels, labelValue } from '../../model/labels.ts';
import { serviceOf } from '../../model/service.ts';
import { wildcardPattern } from './condition.ts';

/**
 * The index a record is in: the one it was sent to, and for records that came by other doors the data stream Elastic's
 * naming scheme would give them, so that `logs-*` is all of them.
 */
export function indexNameOf(labels: Labels): string {
  return (
    labelValue(labels, 'index') ||
    `logs-${serviceOf(labels)
      .toLowerCase()
      .replaceAll(/[\s,#"*\\<>|?/]/g, '_')}-default`
  );
}

/** Names and wildcards of indices, separated by commas, `-` in front of what is left out; empty and `_all` is everything. */
export interface IndexExpression {
  matches(name: string): boolean;
  /** Names without a wildcard: it is an error when there is no such index. */
  readonly concrete: readonly string[];
}

/** Reads an index expression of a path. */
export function indexExpression(text: string): IndexExpression {
  const parts = text.split(',').filter((part) => part !== '');
  const compile = (part: string): ((name: string) => boolean) => {
    if (part === '_all') return () => true;
    if (!part.includes('*')) return (name) => name === part;
    const pattern = RE2JS.compile(wildcardPattern({ wildcard: part, ignoreCase: false }));
    return (name) => pattern.matcher(name).matches();
  };
  const included = parts.filter((part) => !part.startsWith('-')).map(compile);
  const excluded = parts.filter((part) => part.startsWith('-')).map((part) => compile(part.slice(1)));
  return {
    matches: (name) =>
      (included.length === 0 || included.some((test) => test(name))) && !excluded.some((test) => test(name)),
    concrete: parts.filter((part) => !part.startsWith('-') && !part.includes('*') && part !== '_all'),
  };
}
