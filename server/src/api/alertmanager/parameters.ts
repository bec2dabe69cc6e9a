import { compileMatcher, type LabelMatcher, MatcherError, parseMatcher } from '../../alerting/index.ts';
import { type Labels, labelValue } from '../../model/labels.ts';
import { InvalidRequest } from './errors.ts';

/** A boolean as go-openapi reads it (swag.ConvertBool); every flag of this API is true unless told. Throws InvalidRequest. */
export function flag(query: URLSearchParams, name: string): boolean {
  const written = query.getAll(name).at(-1);
  if (written === undefined || written === '') return true;
  if (/^(?:true|1|yes|ok|y|on|selected|checked|t|enabled)$/i.test(written)) return true;
  if (/^(?:false|0|no|n|off|f|disabled)$/i.test(written)) return false;
  throw new InvalidRequest(422, `${name} in query must be of type boolean: ${JSON.stringify(written)}`);
}

/** The matchers of a parameter that may be repeated. Throws MatcherError. */
export function matchers(query: URLSearchParams, name: string): LabelMatcher[] {
  return query.getAll(name).map(parseMatcher);
}

/** Matchers of receivers' labels. Throws MatcherError with upstream's preface. */
export function receiverMatchers(query: URLSearchParams): LabelMatcher[] {
  try {
    return matchers(query, 'receiver_matchers');
  } catch (error) {
    if (error instanceof MatcherError)
      throw new MatcherError(`failed to parse receiver_matchers param: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The receivers asked for: a pattern of the whole name. Throws MatcherError with upstream's preface. */
export function receiverPattern(query: URLSearchParams): (name: string) => boolean {
  const value = query.getAll('receiver').at(-1);
  if (value === undefined) return () => true;
  try {
    return compileMatcher({ name: 'receiver', operator: '=~', value }).matches;
  } catch (error) {
    if (error instanceof MatcherError)
      throw new MatcherError(`failed to parse receiver param: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * Whether labels satisfy a filter (matchFilterLabels): an empty value asks whether the label is there, which `matches`
 * alone does not tell from an empty one.
 */
export function satisfies(filter: readonly LabelMatcher[], labels: Labels): boolean {
  return filter.every(({ name, operator, value, matches }) => {
    const found = labelValue(labels, name);
    const negative = operator === '!=' || operator === '!~';
    if (value === '' && negative === (found !== '')) return true;
    return matches(found);
  });
}
