import type { FieldExpr, PipelineStage, SpansetExpr, TraceqlQuery } from '@trilith/lang/traceql';
import { TraceqlUnsupportedError } from '@trilith/lang/traceql';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { StoredAttributes, StoredSpan } from '../../store/index.ts';
import type { TraceSummaryRow } from './summary.ts';

/** A typed value of a field; undefined when the span has none. Statuses and kinds are their lower-case words. */
type Field = string | number | boolean | undefined;
type ReadField = (span: StoredSpan, trace: TraceSummaryRow) => Field;

/** Picks the matching spans of one trace; empty when the trace does not match. */
export type TraceMatch = (spans: readonly StoredSpan[], trace: TraceSummaryRow) => readonly StoredSpan[];

/** A pattern that is no regular expression of RE2. */
export class TraceqlPatternError extends Error {
  override readonly name = 'TraceqlPatternError';
}

/** Compiles a query to a test on whole traces. @throws TraceqlUnsupportedError, TraceqlPatternError */
export function compileTraceql(query: TraceqlQuery): TraceMatch {
  const first = compileSpanset(query.spanset);
  const stages = query.stages.map(compileStage);
  return (spans, trace) => {
    let selected = first(spans, trace);
    for (const stage of stages) {
      if (selected.length === 0) return selected;
      selected = stage(selected, trace);
    }
    return selected;
  };
}

function compileStage(stage: PipelineStage): TraceMatch {
  if (stage.kind !== 'aggregate') return compileSpanset(stage);
  const read = stage.field === undefined ? () => 1 : compileField(stage.field);
  return (spans, trace) => {
    const values = spans.map((span) => read(span, trace)).filter((v) => typeof v === 'number');
    const sum = values.reduce((a, b) => a + b, 0);
    const result = {
      count: spans.length,
      sum,
      avg: sum / values.length,
      min: Math.min(...values.slice(0, 100_000)),
      max: Math.max(...values.slice(0, 100_000)),
    }[stage.operation];
    const holds =
      stage.operation === 'count' || values.length > 0 ? compare(result, stage.operator, stage.value) : false;
    return holds ? spans : [];
  };
}

function compileSpanset(expr: SpansetExpr): TraceMatch {
  if (expr.kind === 'filter') {
    if (expr.expr === undefined) return (spans) => spans;
    const read = compileField(expr.expr);
    return (spans, trace) => spans.filter((span) => read(span, trace) === true);
  }
  const left = compileSpanset(expr.left);
  const right = compileSpanset(expr.right);
  const both = expr.operator === '&&';
  return (spans, trace) => {
    const a = left(spans, trace);
    const b = right(spans, trace);
    if (both && (a.length === 0 || b.length === 0)) return [];
    return [...new Set([...a, ...b])];
  };
}

function compileField(expr: FieldExpr): ReadField {
  switch (expr.kind) {
    case 'static': {
      const value = expr.static.type === 'nil' ? undefined : expr.static.value;
      return () => value;
    }
    case 'attribute':
      return attributeReader(expr);
    case 'intrinsic':
      return intrinsicReader(expr);
    case 'unary': {
      const operand = compileField(expr.operand);
      if (expr.operator === '!') return (span, trace) => !(operand(span, trace) === true);
      return (span, trace) => {
        const value = operand(span, trace);
        return typeof value === 'number' ? -value : undefined;
      };
    }
    case 'binary':
      return binaryReader(expr);
  }
}

/** The value of a key with its stored type: numbers and booleans are more than their text. */
function typedAttribute(attributes: StoredAttributes, key: string): Field {
  for (let i = 0; i < attributes.pairs.length; i += 2) {
    if (attributes.pairs[i] !== key) continue;
    const text = attributes.pairs[i + 1] ?? '';
    const letter = attributes.types[i / 2];
    if (letter === 'i' || letter === 'd') return Number(text);
    return letter === 'b' ? text === 'true' : text;
  }
  return undefined;
}

function attributeReader(expr: Extract<FieldExpr, { kind: 'attribute' }>): ReadField {
  const { name } = expr;
  switch (expr.scope) {
    case 'span':
      return (span) => typedAttribute(span.attributes, name);
    case 'resource':
      return (span) => typedAttribute(span.resource, name) ?? (name === 'service.name' ? span.service : undefined);
    case 'any':
      return (span) =>
        typedAttribute(span.attributes, name) ??
        typedAttribute(span.resource, name) ??
        (name === 'service.name' ? span.service : undefined);
    default:
      throw new TraceqlUnsupportedError(`the scope ${expr.scope}`, expr.span);
  }
}

function intrinsicReader(expr: Extract<FieldExpr, { kind: 'intrinsic' }>): ReadField {
  switch (expr.name) {
    case 'name':
      return (span) => span.name;
    case 'duration':
      return (span) => Number(span.durationNs);
    case 'status':
      return (span) => span.status.toLowerCase();
    case 'statusMessage':
      return (span) => span.statusMessage;
    case 'kind':
      return (span) => span.kind.toLowerCase();
    case 'traceDuration':
      return (_span, trace) => Number(trace.durationNs);
    case 'rootName':
      return (_span, trace) => (trace.rootArrived ? trace.rootTraceName : undefined);
    case 'rootServiceName':
      return (_span, trace) => (trace.rootArrived ? trace.rootServiceName : undefined);
    case 'span:id':
      return (span) => span.spanId;
    case 'span:parentID':
      return (span) => span.parentSpanId;
    case 'trace:id':
      return (span) => span.traceId;
    case 'instrumentation:name':
      return (span) => span.scopeName;
    case 'instrumentation:version':
      return (span) => span.scopeVersion;
    default:
      throw new TraceqlUnsupportedError(expr.name, expr.span);
  }
}

function binaryReader(expr: Extract<FieldExpr, { kind: 'binary' }>): ReadField {
  const left = compileField(expr.left);
  const { operator } = expr;
  if (operator === '=~' || operator === '!~') return regexReader(expr, left);
  const right = compileField(expr.right);
  switch (operator) {
    case '&&':
      return (span, trace) => left(span, trace) === true && right(span, trace) === true;
    case '||':
      return (span, trace) => left(span, trace) === true || right(span, trace) === true;
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return (span, trace) => {
        const a = left(span, trace);
        const b = right(span, trace);
        return typeof a === 'number' && typeof b === 'number' ? arithmetic(operator, a, b) : undefined;
      };
    default: {
      const nil = [expr.left, expr.right].some((side) => side.kind === 'static' && side.static.type === 'nil');
      if (nil) return (span, trace) => (left(span, trace) === right(span, trace)) === (operator === '=');
      return (span, trace) => {
        const a = left(span, trace);
        const b = right(span, trace);
        // Values of different types, or none at all, are neither equal nor unequal.
        return a !== undefined && b !== undefined && typeof a === typeof b && compare(a, operator, b);
      };
    }
  }
}

function regexReader(expr: Extract<FieldExpr, { kind: 'binary' }>, left: ReadField): ReadField {
  if (expr.right.kind !== 'static' || expr.right.static.type !== 'string') {
    throw new TraceqlUnsupportedError('a pattern that is not a string literal', expr.right.span);
  }
  const pattern = compilePattern(expr.right.static.value);
  const wanted = expr.operator === '=~';
  return (span, trace) => {
    const value = left(span, trace);
    return typeof value === 'string' && pattern.testExact(value) === wanted;
  };
}

/** Compiles an anchored pattern. @throws TraceqlPatternError */
function compilePattern(text: string): RE2JS {
  try {
    return RE2JS.compile(text, RE2JS.DOTALL);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new TraceqlPatternError(`invalid regex: ${error.message}`, { cause: error });
  }
}

function arithmetic(operator: '+' | '-' | '*' | '/' | '%' | '^', a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      return a ** b;
  }
}

function compare<T extends string | number | boolean>(
  a: T,
  operator: '=' | '!=' | '>' | '>=' | '<' | '<=',
  b: T,
): boolean {
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
  }
}
