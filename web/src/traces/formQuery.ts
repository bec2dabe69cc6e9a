import { type FieldExpr, parse, type StaticValue, type TraceqlQuery } from '@trilith/lang/traceql';
import type { TraceForm } from './searchForm.ts';

/** What of a form becomes TraceQL. */
export type FormConditions = Omit<TraceForm, 'limit'>;

export const everything = '{ }';

/** The TraceQL a form stands for; of an empty one, that for every span. */
export function toTraceql(form: FormConditions): string {
  const parts: string[] = [];
  if (form.service !== '') parts.push(condition('resource.service.name', '=', form.service));
  if (form.operation !== '') parts.push(condition('name', '=', form.operation));
  if (form.kind === 'root') parts.push('nestedSetParent < 0');
  else if (form.kind !== '') parts.push(`kind = ${form.kind}`);
  if (form.status !== '') parts.push(form.status === 'error' ? 'status = error' : 'status != error');
  if (form.min !== '') parts.push(`duration >= ${form.min}`);
  if (form.max !== '') parts.push(`duration <= ${form.max}`);
  for (const pair of form.attributes) {
    const at = pair.indexOf('=');
    const negated = pair[at - 1] === '!';
    parts.push(condition(pair.slice(0, negated ? at - 1 : at), negated ? '!=' : '=', pair.slice(at + 1)));
  }
  return parts.length === 0 ? everything : `{ ${parts.join(' && ')} }`;
}

/** `span.http.route = "/pay"`: a comparison of a field with a value known as text. Names without a scope mean any. */
export function condition(field: string, operator: '=' | '!=', value: string): string {
  const known =
    /^(?:(?:parent\.)?(?:span|resource|event|link|instrumentation)\.|\.|(?:name|status|statusMessage|kind|rootName|rootServiceName)$)/;
  const named = known.test(field) ? field : `.${field}`;
  return `${named} ${operator} ${literal(field, value)}`;
}

/** What is no text without quotes. Digits that begin with a needless zero are: `007` is a name. */
const bareValue = /^(?:-?(?:0|[1-9]\d{0,14})(?:\.\d+)?|true|false)$/;

/** Statuses and kinds are words, numbers and booleans are written as they are, the rest between quotes. */
function literal(field: string, value: string): string {
  if (field === 'status' || field === 'kind') return value;
  const named = field === 'name' || field.endsWith('service.name') || field === 'statusMessage';
  if (!named && bareValue.test(value)) return value;
  return JSON.stringify(value);
}

/** The query with one more condition on its spans; a query that cannot be read stays as it is. */
export function withCondition(query: string, added: string): string {
  const parsed = parsedQuery(query);
  if (parsed === null || parsed.kind !== 'search') return query;
  const [stage, ...more] = parsed.stages;
  if (stage?.kind !== 'filter' || more.length > 0) return `${query.trim()} | { ${added} }`;
  if (stage.expr === undefined) return `{ ${added} }`;
  const inside = query.slice(stage.span.start + 1, stage.span.end - 1).trim();
  const isUnion = stage.expr.kind === 'binary' && stage.expr.operator === '||';
  return `{ ${isUnion ? `(${inside})` : inside} && ${added} }`;
}

/** The query read, or null where it is not TraceQL. */
function parsedQuery(query: string): TraceqlQuery | null {
  try {
    return parse(query.trim() === '' ? everything : query);
  } catch {
    // Half-typed text is no error here: the editor says what is wrong with it.
    return null;
  }
}

/** The form that stands for a query, or null where the query says more than a form can. */
export function fromTraceql(query: string): FormConditions | null {
  const parsed = parsedQuery(query);
  if (parsed === null || parsed.kind !== 'search' || parsed.hints.length > 0) return null;
  const [stage, ...more] = parsed.stages;
  if (stage?.kind !== 'filter' || more.length > 0) return null;
  const form: { -readonly [K in keyof FormConditions]: FormConditions[K] } = {
    service: '',
    operation: '',
    kind: '',
    status: '',
    min: '',
    max: '',
    attributes: [],
  };
  const conditions = stage.expr === undefined ? [] : conjuncts(stage.expr);
  for (const one of conditions) if (!take(form, one, query)) return null;
  return form;
}

function conjuncts(expr: FieldExpr): readonly FieldExpr[] {
  if (expr.kind === 'binary' && expr.operator === '&&') return [...conjuncts(expr.left), ...conjuncts(expr.right)];
  return [expr];
}

/** Puts one condition into its place; false when there is none or it is taken. */
function take(
  form: { -readonly [K in keyof FormConditions]: FormConditions[K] },
  expr: FieldExpr,
  query: string,
): boolean {
  if (expr.kind !== 'binary') return false;
  const { left, operator } = expr;
  const value = constantOf(expr.right);
  if (value === null) return false;
  const place = (name: 'service' | 'operation' | 'min' | 'max', text: string): boolean => {
    if (form[name] !== '' || text === '') return false;
    form[name] = text;
    return true;
  };
  if (left.kind === 'attribute') {
    if (left.parent || (operator !== '=' && operator !== '!=')) return false;
    if (left.scope === 'resource' && left.name === 'service.name' && operator === '=' && value.type === 'string')
      return place('service', value.value);
    if (value.type === 'string' && literal(left.name, value.value) !== JSON.stringify(value.value)) return false;
    const written = query.slice(left.span.start, left.span.end);
    if (/[\s="]/.test(written)) return false;
    form.attributes = [
      ...form.attributes,
      `${written.replace(/^\./, '')}${operator}${textOf(value, query.slice(expr.right.span.start, expr.right.span.end))}`,
    ];
    return true;
  }
  if (left.kind !== 'intrinsic') return false;
  switch (left.name) {
    case 'name':
      return operator === '=' && value.type === 'string' && place('operation', value.value);
    case 'duration': {
      const text = query.slice(expr.right.span.start, expr.right.span.end);
      return (
        value.type === 'duration' &&
        ((operator === '>=' && place('min', text)) || (operator === '<=' && place('max', text)))
      );
    }
    case 'status':
      if (value.type !== 'status' || value.value !== 'error' || form.status !== '') return false;
      if (operator !== '=' && operator !== '!=') return false;
      form.status = operator === '=' ? 'error' : 'ok';
      return true;
    case 'kind':
      if (value.type !== 'kind' || operator !== '=' || form.kind !== '') return false;
      if (value.value !== 'server' && value.value !== 'client' && value.value !== 'consumer') return false;
      form.kind = value.value;
      return true;
    case 'nestedSetParent':
      if (operator !== '<' || value.value !== 0 || form.kind !== '') return false;
      form.kind = 'root';
      return true;
    default:
      return false;
  }
}

/** A value as written, a minus before a number included. */
function constantOf(expr: FieldExpr): StaticValue | null {
  if (expr.kind === 'static') return expr.static;
  if (expr.kind !== 'unary' || expr.operator !== '-' || expr.operand.kind !== 'static') return null;
  const { type, value } = expr.operand.static;
  return type === 'int' || type === 'float' ? { type, value: -value } : null;
}

/** A value as the form shows it: numbers as they are written, `1.50` too. */
function textOf(value: StaticValue, written: string): string {
  return value.type !== 'string' && bareValue.test(written) ? written : String(value.value);
}

/** The conditions of a query that all must hold, as written; none where it is more than one filter. */
export function conditionTexts(query: string): readonly string[] {
  const parsed = parsedQuery(query);
  if (parsed === null || parsed.kind !== 'search' || parsed.stages.length !== 1) return [];
  const [stage] = parsed.stages;
  if (stage?.kind !== 'filter' || stage.expr === undefined) return [];
  return conjuncts(stage.expr).map((expr) => {
    const text = query.slice(expr.span.start, expr.span.end);
    return expr.kind === 'binary' && expr.operator === '||' ? `(${text})` : text;
  });
}

/** The query without one of its {@link conditionTexts}. */
export function withoutCondition(query: string, text: string): string {
  const left = conditionTexts(query).filter((one) => one !== text);
  return left.length === 0 ? everything : `{ ${left.join(' && ')} }`;
}
