import type { Expr, Grouping, LabelFilter, LabelMatcher, LogExpr, LogRange, MetricExpr, Stage, Unwrap } from './ast.ts';
import { quote } from './strings.ts';
import { formatDuration } from './units.ts';

/** A query in canonical one-line form; `parse(print(e))` gives `e` again but for its spans. */
export function print(expr: Expr): string {
  if (expr.kind === 'log') return printLog(expr);
  if (expr.kind === 'variants') return `variants(${expr.variants.map(print).join(', ')}) of (${printRange(expr.of)})`;
  return printMetric(expr);
}

export function printLog(expr: LogExpr): string {
  return [printSelector(expr.matchers), ...expr.stages.map(printStage)].join(' ');
}

/** `{name="value", …}`. */
export function printSelector(matchers: readonly LabelMatcher[]): string {
  return `{${matchers.map(printMatcher).join(', ')}}`;
}

function printMatcher(matcher: LabelMatcher): string {
  return `${matcher.name}${matcher.operator}${quote(matcher.value)}`;
}

function printExtractions(extractions: readonly { name: string; expression: string }[]): string {
  return extractions.map((e) => `${e.name}=${quote(e.expression)}`).join(',');
}

export function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'line_filter': {
      const needles = stage.needles.map((n) => (n.ip ? `ip(${quote(n.value)})` : quote(n.value)));
      return `${stage.operator} ${needles.join(' or ')}`;
    }
    case 'json':
      return `| json ${printExtractions(stage.extractions)}`.trimEnd();
    case 'logfmt': {
      const flags = `${stage.strict ? '--strict ' : ''}${stage.keepEmpty ? '--keep-empty ' : ''}`;
      return `| logfmt ${flags}${printExtractions(stage.extractions)}`.trimEnd();
    }
    case 'regexp':
    case 'pattern':
      return `| ${stage.kind} ${quote(stage.pattern)}`;
    case 'unpack':
    case 'decolorize':
      return `| ${stage.kind}`;
    case 'label_filter':
      return `| ${printFilter(stage.filter)}`;
    case 'line_format':
      return `| line_format ${quote(stage.template)}`;
    case 'label_format':
      return `| label_format ${stage.formats
        .map((f) => `${f.name}=${f.kind === 'rename' ? f.from : quote(f.template)}`)
        .join(',')}`;
    case 'drop':
    case 'keep':
      return `| ${stage.kind} ${stage.items.map((i) => (i.matcher ? printMatcher(i.matcher) : i.name)).join(', ')}`;
  }
}

export function printFilter(filter: LabelFilter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${printFilter(filter.left)} ${filter.kind} ${printFilter(filter.right)})`;
    case 'match':
      return printMatcher(filter.matcher);
    case 'ip':
      return `${filter.name}${filter.operator}ip(${quote(filter.value)})`;
    case 'number':
      return `${filter.name}${filter.operator}${printNumber(filter.value)}`;
    case 'duration':
      return `${filter.name}${filter.operator}${formatDuration(filter.value)}`;
    case 'bytes':
      return `${filter.name}${filter.operator}${filter.value}B`;
  }
}

function printNumber(value: number): string {
  return String(value);
}

function printUnwrap(unwrap: Unwrap): string {
  const label = unwrap.conversion === '' ? unwrap.label : `${unwrap.conversion}(${unwrap.label})`;
  return ['', `| unwrap ${label}`, ...unwrap.filters.map((f) => `| ${printFilter(f)}`)].join(' ');
}

function printRange(range: LogRange): string {
  const unwrap = range.unwrap === undefined ? '' : printUnwrap(range.unwrap);
  const offset = range.offsetNs === 0 ? '' : ` offset ${formatDuration(range.offsetNs)}`;
  return `${printLog(range.log)}${unwrap} [${formatDuration(range.rangeNs)}]${offset}`;
}

function printGrouping(grouping: Grouping | undefined): string {
  return grouping === undefined ? '' : ` ${grouping.without ? 'without' : 'by'} (${grouping.labels.join(', ')})`;
}

function printMetric(expr: MetricExpr): string {
  switch (expr.kind) {
    case 'range_aggregation': {
      const parameter = expr.parameter === undefined ? '' : `${printNumber(expr.parameter)}, `;
      return `${expr.operation}(${parameter}${printRange(expr.range)})${printGrouping(expr.grouping)}`;
    }
    case 'vector_aggregation': {
      const parameter = expr.parameter === undefined ? '' : `${printNumber(expr.parameter)}, `;
      return `${expr.operation}${printGrouping(expr.grouping)} (${parameter}${printMetric(expr.inner)})`;
    }
    case 'binary':
      return printBinary(expr);
    case 'label_replace': {
      const texts = [expr.target, expr.replacement, expr.source, expr.pattern].map(quote);
      return `label_replace(${printMetric(expr.inner)}, ${texts.join(', ')})`;
    }
    case 'literal':
      return printNumber(expr.value);
    case 'vector':
      return `vector(${printNumber(expr.value)})`;
  }
}

function printBinary(expr: Extract<MetricExpr, { kind: 'binary' }>): string {
  const { matching } = expr;
  let modifier = expr.bool ? ' bool' : '';
  if (matching.on || matching.labels.length > 0 || matching.cardinality !== 'one-to-one') {
    modifier += ` ${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(', ')})`;
  }
  if (matching.cardinality !== 'one-to-one') {
    const word = matching.cardinality === 'many-to-one' ? 'group_left' : 'group_right';
    modifier += ` ${word} (${matching.include.join(', ')})`;
  }
  return `(${printMetric(expr.left)} ${expr.operator}${modifier} ${printMetric(expr.right)})`;
}
