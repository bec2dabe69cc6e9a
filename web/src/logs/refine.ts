import {
  type Expr,
  type LogExpr,
  LogqlParseError,
  parse,
  printLog,
  printSelector,
  printStage,
  quote,
  type Stage,
} from '@trilith/lang/logql';

export type FieldOrigin = 'label' | 'metadata' | 'parsed';

export interface Condition {
  readonly field: string;
  readonly origin: FieldOrigin;
  readonly value: string;
  readonly negated: boolean;
}

/** The query as an expression, or null while it does not parse. */
export function parsed(query: string): Expr | null {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof LogqlParseError) return null;
    throw error;
  }
}

/** Loki's names for our own labels; two matchers on both names would contradict each other. */
function canonical(name: string): string {
  if (name === 'service_name') return 'service';
  return name === 'detected_level' ? 'level' : name;
}

function join(selector: string, stages: readonly string[]): string {
  return [selector, ...stages].join(' ');
}

function stageText(stage: Stage): string {
  return printStage(stage).trim();
}

/** True when a stage before takes fields out of the line. */
function extracts(stages: readonly Stage[]): boolean {
  return stages.some((stage) => stage.kind === 'json' || stage.kind === 'logfmt');
}

/**
 * The name a filter asks a field by. A word of the language itself (`offset`, `on`, `json`) cannot stand there, so a parser
 * stage of its own (`extract`) takes such a field out of the line under another name.
 */
export function filterName(
  name: string,
  parser: 'json' | 'logfmt' = 'json',
): { readonly name: string; readonly extract: string | null } {
  if (parsed(`{a="b"} | ${name}="c"`) !== null) return { name, extract: null };
  return { name: `${name}_`, extract: `| ${parser} ${name}_=${quote(name)}` };
}

/**
 * The query with one more condition: a matcher for a label, a field filter otherwise, behind a parser stage when the
 * field lives in the line. A condition on the same field and value is replaced. Unreadable queries stay as they are.
 */
export function addCondition(query: string, given: Condition, parser: 'json' | 'logfmt' = 'json'): string {
  const expr = parsed(query);
  if (expr === null || expr.kind !== 'log') return query;
  const name = canonical(given.field.replaceAll(/[^\w]/g, '_'));
  // Loki writes its detected level in lower case; levels are stored in upper case.
  const condition = given.field === 'detected_level' ? { ...given, value: given.value.toUpperCase() } : given;
  const operator = condition.negated ? '!=' : '=';
  if (condition.origin === 'label') {
    const others = expr.matchers.filter(
      (matcher) => canonical(matcher.name) !== name || (condition.negated && matcher.operator !== '='),
    );
    const own = { name, operator, value: condition.value, span: { start: 0, end: 0 } } as const;
    const matchers = keepsSomething(others) || operator === '=' ? [...others, own] : [...expr.matchers, own];
    return join(
      printSelector(
        matchers.filter(
          (matcher) => !isAnyService(matcher) || matchers.every((one) => one === matcher || one.operator !== '='),
        ),
      ),
      expr.stages.map(stageText),
    );
  }
  const asked = filterName(name, parser);
  const stages = expr.stages.filter((stage) => !isFilterOf(stage, asked.name, condition.value)).map(stageText);
  if (asked.extract !== null && !stages.includes(asked.extract)) stages.push(asked.extract);
  else if (condition.origin === 'parsed' && !extracts(expr.stages)) stages.push(`| ${parser}`);
  stages.push(`| ${asked.name}${operator}${quote(condition.value)}`);
  return join(printSelector(expr.matchers), stages);
}

/**
 * The query with only, or with `negated` without, the lines of a pattern. Only: what selects the pattern's lines by itself,
 * service and level included. Without: its line filter beside the query's own conditions.
 */
export function addPattern(query: string, given: { readonly filter: string }, negated: boolean): string {
  if (!negated) return given.filter;
  const expr = parsed(query);
  const own = parsed(given.filter);
  if (expr?.kind !== 'log' || own?.kind !== 'log') return query;
  const stages = own.stages.flatMap((stage) =>
    stage.kind === 'line_filter' && stage.operator === '|>' ? [stageText({ ...stage, operator: '!>' })] : [],
  );
  return join(printSelector(expr.matchers), [...expr.stages.map(stageText), ...stages]);
}

/** Loki wants at least one matcher that cannot match the empty string. */
function keepsSomething(matchers: LogExpr['matchers']): boolean {
  return matchers.some((matcher) => matcher.operator === '=' || (matcher.operator === '=~' && matcher.value !== '.*'));
}

function isAnyService(matcher: LogExpr['matchers'][number]): boolean {
  return matcher.operator === '=~' && matcher.value === '.+';
}

function isFilterOf(stage: Stage, name: string, value: string): boolean {
  return (
    stage.kind === 'label_filter' &&
    stage.filter.kind === 'match' &&
    stage.filter.matcher.name === name &&
    stage.filter.matcher.value === value
  );
}

/** The query without its last stage, or without its last matcher; null when nothing can go. */
export function dropLast(query: string): string | null {
  const expr = parsed(query);
  if (expr === null || expr.kind !== 'log') return null;
  if (expr.stages.length > 0) return join(printSelector(expr.matchers), expr.stages.slice(0, -1).map(stageText));
  const fewer = expr.matchers.slice(0, -1);
  return keepsSomething(fewer) ? printSelector(fewer) : null;
}

/** The selections of lines in an expression: of a metric query those it counts or takes numbers from, in its order. */
export function selectorsIn(expr: Expr): readonly LogExpr[] {
  switch (expr.kind) {
    case 'log':
      return [expr];
    case 'range_aggregation':
      return [expr.range.log];
    case 'vector_aggregation':
    case 'label_replace':
      return selectorsIn(expr.inner);
    case 'binary':
      return [...selectorsIn(expr.left), ...selectorsIn(expr.right)];
    case 'variants':
      return [expr.of.log];
    case 'literal':
    case 'vector':
      return [];
  }
}

/** The queries whose lines a metric query is about, each once. */
export function linesOf(expr: Expr): readonly string[] {
  return [...new Set(selectorsIn(expr).map(printLog))];
}

/** Literal texts the query looks for, to be marked in the lines; patterns that are more than a literal are left out. */
export function needles(query: string): readonly string[] {
  const expr = parsed(query);
  if (expr === null || expr.kind !== 'log') return [];
  return expr.stages.flatMap((stage) => {
    if (stage.kind !== 'line_filter') return [];
    if (stage.operator === '|=') return stage.needles.filter((needle) => !needle.ip).map((needle) => needle.value);
    if (stage.operator === '|~') return stage.needles.flatMap((needle) => literalOf(needle.value));
    return [];
  });
}

function literalOf(pattern: string): readonly string[] {
  const body = pattern.replace(/^\(\?i\)/, '').replace(/^\\b|\\b$/g, '');
  if (/(?<!\\)[\^$.|?*+()[\]{}]|\\[A-Za-z0-9]/.test(body)) return [];
  const text = body.replace(/\\(.)/g, '$1');
  return text === '' ? [] : [text];
}
