import { CommandError } from '../http.ts';

/** What flags say about the spans that are looked for. */
export interface TraceConditions {
  readonly service: string | undefined;
  readonly operation: string | undefined;
  readonly errors: boolean;
  /** As written: `250ms`. */
  readonly minDuration: string | undefined;
  readonly maxDuration: string | undefined;
  /** `key=value`. */
  readonly attributes: readonly string[];
}

/** The TraceQL query for what was typed: the query itself, or one spanset of the flags' conditions. @throws CommandError */
export function traceqlOf(typed: readonly string[], conditions: TraceConditions): string {
  const own = conditionsOf(conditions);
  if (typed.length > 1) throw new CommandError('a TraceQL query is one argument: put it into quotes');
  const [query] = typed;
  if (query === undefined) return `{ ${own.join(' && ')} }`;
  if (own.length > 0) throw new CommandError('a TraceQL query and flags that look for spans exclude each other');
  return query;
}

function conditionsOf(conditions: TraceConditions): string[] {
  const { service, operation, errors, minDuration, maxDuration, attributes } = conditions;
  return [
    ...(service === undefined ? [] : [`resource.service.name = ${quoted(service)}`]),
    ...(operation === undefined ? [] : [`name = ${quoted(operation)}`]),
    ...(errors ? ['status = error'] : []),
    ...(minDuration === undefined ? [] : [`duration >= ${duration('--min-duration', minDuration)}`]),
    ...(maxDuration === undefined ? [] : [`duration <= ${duration('--max-duration', maxDuration)}`]),
    ...attributes.map(attribute),
  ];
}

/** Values of attributes have types: what looks like a number or a truth value may be one, or text. */
function attribute(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals < 1) throw new CommandError(`--attribute is key=value, not ${JSON.stringify(pair)}`);
  const key = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  const name = /^[\w.-]+$/.test(key) ? `.${key}` : `.${quoted(key)}`;
  const text = `${name} = ${quoted(value)}`;
  return /^-?\d+(?:\.\d+)?$|^(?:true|false)$/.test(value) ? `(${text} || ${name} = ${value})` : text;
}

function duration(flag: string, text: string): string {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text))
    throw new CommandError(`${flag} is a duration such as 250ms or 1.5s, not ${JSON.stringify(text)}`);
  return text;
}

/** A string literal of TraceQL; those of JSON are. */
const quoted = (text: string): string => JSON.stringify(text);
