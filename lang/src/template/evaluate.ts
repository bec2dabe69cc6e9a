import { evaluatePipe, lastOperand, setVariable } from './evaluate_pipe.ts';
import type { Functions } from './function_type.ts';
import { HtmlPlace } from './html_place.ts';
import { display } from './print.ts';
import { DEFAULT_BUDGET, failure, type RenderBudget, type Run, step, write } from './run.ts';
import { type Pipe, printOperand, printPipe, type TemplateBody, type TemplateNode, type TemplateTree } from './tree.ts';
import { entriesOf, isTrue, itemsOf, type Value } from './value.ts';

/** Templates called by templates. */
const MAX_CALLS = 100;

type Flow = 'next' | 'break' | 'continue';

/** How a template is rendered. */
export interface RenderOptions<Context> {
  readonly functions: Functions<Context>;
  readonly context: Context;
  /** Escapes values by where in an HTML document they stand, as html/template does. */
  readonly html?: boolean;
  /** Default: 100,000 steps and MAX_OUTPUT. */
  readonly budget?: RenderBudget;
}

/**
 * Renders a template over its data, which becomes the dot and `$`.
 * @throws TemplateError worded as Go's text/template words it
 */
export function execute<Context>(tree: TemplateTree, dot: Value, options: RenderOptions<Context>): string {
  const run: Run<Context> = {
    functions: options.functions,
    context: options.context,
    defined: tree.defined,
    html: options.html === true ? new HtmlPlace() : undefined,
    variables: [{ name: '$', value: dot }],
    out: '',
    budget: options.budget ?? DEFAULT_BUDGET,
    steps: 0,
    calls: 0,
    executing: tree,
    render: (name, data) => renderNamed(run, name, data),
  };
  walk(run, dot, tree.nodes);
  return run.out;
}

/** Another template's text, as a value instead of output. */
function renderNamed<Context>(run: Run<Context>, name: string, dot: Value): string {
  const body = run.defined.get(name);
  if (body === undefined) throw new Error(`template: no template ${JSON.stringify(name)} associated with template`);
  const { out, html } = run;
  run.out = '';
  run.html = html === undefined ? undefined : new HtmlPlace();
  called(run, body, dot);
  const text = run.out;
  run.out = out;
  run.html = html;
  return text;
}

function walk<Context>(run: Run<Context>, dot: Value, nodes: readonly TemplateNode[]): Flow {
  for (const node of nodes) {
    const flow = walkNode(run, dot, node);
    if (flow !== 'next') return flow;
  }
  return 'next';
}

function walkNode<Context>(run: Run<Context>, dot: Value, node: TemplateNode): Flow {
  step(run);
  switch (node.kind) {
    case 'text':
      write(run, run.html === undefined ? node.text : run.html.literal(node.text));
      return 'next';
    case 'action': {
      const value = evaluatePipe(run, dot, node.pipe);
      if (node.pipe.variables.length === 0) writeValue(run, value);
      return 'next';
    }
    case 'if':
    case 'with': {
      const scope = run.variables.length;
      const value = evaluatePipe(run, dot, node.pipe);
      const inner = node.kind === 'with' && isTrue(value) ? value : dot;
      const flow = walk(run, inner, isTrue(value) ? node.body : node.otherwise);
      run.variables.length = scope;
      return flow;
    }
    case 'range':
      return walkRange(run, dot, node);
    case 'break':
    case 'continue':
      return node.kind;
    case 'template':
      callTemplate(run, dot, node);
      return 'next';
  }
}

function writeValue<Context>(run: Run<Context>, value: Value): void {
  write(run, run.html === undefined ? display(value) : run.html.escape(value));
}

function walkRange<Context>(run: Run<Context>, dot: Value, node: Extract<TemplateNode, { kind: 'range' }>): Flow {
  const scope = run.variables.length;
  const value = evaluatePipe(run, dot, node.pipe, true);
  const entries = iterated(value);
  if (entries === undefined) {
    const last = lastOperand(node.pipe);
    throw failure(run, last, printOperand(last), `range can't iterate over ${display(value)}`);
  }
  if (typeof value === 'bigint' && node.pipe.variables.length > 1) {
    const last = lastOperand(node.pipe);
    throw failure(run, last, printOperand(last), `can't use ${value} to iterate over more than one variable`);
  }
  let any = false;
  for (const [key, item] of entries) {
    any = true;
    step(run);
    run.variables.length = scope;
    declare(run, node.pipe, key, item);
    if (walk(run, item, node.body) === 'break') break;
  }
  run.variables.length = scope;
  return any ? 'next' : walk(run, dot, node.otherwise);
}

/** One variable takes the element, two take index and element. */
function declare<Context>(run: Run<Context>, pipe: Pipe, key: Value, item: Value): void {
  const values = pipe.variables.length > 1 ? [key, item] : [item];
  pipe.variables.forEach((name, i) => {
    setVariable(run, name, values[i] ?? null, pipe.assigns);
  });
}

function* counted(count: bigint): Generator<readonly [Value, Value]> {
  for (let i = 0n; i < count; i++) yield [i, i];
}

function* numbered(items: readonly Value[]): Generator<readonly [Value, Value]> {
  for (const [i, item] of items.entries()) yield [BigInt(i), item];
}

function iterated(value: Value): Iterable<readonly [Value, Value]> | undefined {
  if (value === null) return [];
  if (typeof value === 'bigint') return counted(value);
  const items = itemsOf(value);
  return items === undefined ? entriesOf(value) : numbered(items);
}

function callTemplate<Context>(run: Run<Context>, dot: Value, node: Extract<TemplateNode, { kind: 'template' }>): void {
  const body = run.defined.get(node.name);
  if (body === undefined) throw failure(run, node, printCall(node), `template "${node.name}" not defined`);
  if (run.calls >= MAX_CALLS) {
    throw failure(run, node, printCall(node), `exceeded maximum template depth (${MAX_CALLS})`);
  }
  called(run, body, node.pipe === undefined ? null : evaluatePipe(run, dot, node.pipe));
}

function called<Context>(run: Run<Context>, body: TemplateBody, dot: Value): void {
  if (++run.calls > MAX_CALLS) throw new Error(`exceeded maximum template depth (${MAX_CALLS})`);
  const variables = run.variables.splice(0, Number.POSITIVE_INFINITY, { name: '$', value: dot });
  const { executing } = run;
  run.executing = body;
  walk(run, dot, body.nodes);
  run.executing = executing;
  run.variables.splice(0, Number.POSITIVE_INFINITY, ...variables);
  run.calls--;
}

function printCall({ name, pipe }: Extract<TemplateNode, { kind: 'template' }>): string {
  return `{{template ${JSON.stringify(name)}${pipe === undefined ? '' : ` ${printPipe(pipe)}`}}}`;
}
