import {
  type Command,
  type Operand,
  type Pipe,
  printCommand,
  printOperand,
  printPipe,
  type TemplateNode,
  type TemplateTree,
} from '@trilith/lang/logql';
import { BUILTIN_FUNCTIONS } from './builtin_functions.ts';
import { type FunctionType, MAX_OUTPUT, type ParameterType, type Surroundings } from './function_type.ts';
import { NUMBER_FUNCTIONS } from './number_functions.ts';
import { display } from './print.ts';
import { STRING_FUNCTIONS } from './string_functions.ts';
import { TIME_FUNCTIONS, timeMethod } from './time_functions.ts';
import { GoTime, isTrue, TemplateError, typeName, type Value } from './value.ts';

/** Nodes and operands looked at for one record. */
const MAX_STEPS = 100_000;
/** Templates called by templates. */
const MAX_CALLS = 100;

const FUNCTIONS: ReadonlyMap<string, FunctionType> = new Map(
  [BUILTIN_FUNCTIONS, STRING_FUNCTIONS, NUMBER_FUNCTIONS, TIME_FUNCTIONS].flatMap((group) => Object.entries(group)),
);

/** The labels of a record as a template sees them; a label it has not is the empty string. */
export interface TemplateLabels {
  get(name: string): string | undefined;
  /** Name, value, …; sorted by name. */
  result(): readonly string[];
}

/** One rendering: what it has written, its variables, and what is left of its budget. */
interface Run {
  readonly tree: TemplateTree;
  readonly labels: TemplateLabels;
  readonly surroundings: Surroundings;
  /** The dot a template begins with; filled when something other than a field of it is asked for. */
  readonly root: Map<string, Value>;
  readonly variables: { readonly name: string; value: Value }[];
  out: string;
  steps: number;
  calls: number;
  /** The template being executed, for errors. */
  executing: string;
}

type Flow = 'next' | 'break' | 'continue';

/** Something positioned in the template, for errors. */
interface Place {
  readonly at: number;
}

/**
 * Renders a template for one record.
 * @throws TemplateError worded as Go's text/template words it
 */
export function execute(tree: TemplateTree, labels: TemplateLabels, surroundings: Surroundings): string {
  const root = new Map<string, Value>();
  const run: Run = {
    tree,
    labels,
    surroundings,
    root,
    variables: [{ name: '$', value: root }],
    out: '',
    steps: 0,
    calls: 0,
    executing: tree.name,
  };
  walk(run, root, tree.body);
  return run.out;
}

function fail(run: Run, place: Place, shown: string, message: string): TemplateError {
  const { source, name } = run.tree;
  const before = source.slice(0, place.at);
  const line = before.split('\n').length;
  const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1));
  return new TemplateError(
    `template: ${name}:${line}:${column}: executing "${run.executing}" at <${shown}>: ${message}`,
  );
}

function step(run: Run): void {
  if (++run.steps > MAX_STEPS)
    throw new TemplateError(`template: ${run.tree.name}: more than ${MAX_STEPS} steps for one line`);
}

function write(run: Run, text: string): void {
  if (run.out.length + text.length > MAX_OUTPUT) {
    throw new TemplateError(`template: ${run.tree.name}: result longer than ${MAX_OUTPUT} characters`);
  }
  run.out += text;
}

function walk(run: Run, dot: Value, nodes: readonly TemplateNode[]): Flow {
  for (const node of nodes) {
    const flow = walkNode(run, dot, node);
    if (flow !== 'next') return flow;
  }
  return 'next';
}

function walkNode(run: Run, dot: Value, node: TemplateNode): Flow {
  step(run);
  switch (node.kind) {
    case 'text':
      write(run, node.text);
      return 'next';
    case 'action': {
      const value = evaluatePipe(run, dot, node.pipe);
      if (node.pipe.variables.length === 0) write(run, display(value));
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

function walkRange(run: Run, dot: Value, node: Extract<TemplateNode, { kind: 'range' }>): Flow {
  const scope = run.variables.length;
  const value = evaluatePipe(run, dot, node.pipe, true);
  const entries = entriesOf(value);
  if (entries === undefined) {
    const [command] = node.pipe.commands;
    const place = command?.operands[0] ?? node;
    const shown = node.pipe.commands.map(printCommand).join(' | ');
    throw fail(run, place, shown, `range can't iterate over ${display(value)}`);
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
function declare(run: Run, pipe: Pipe, key: Value, item: Value): void {
  const values = pipe.variables.length > 1 ? [key, item] : [item];
  pipe.variables.forEach((name, i) => {
    setVariable(run, name, values[i] ?? null, pipe.assigns);
  });
}

function* counted(count: bigint): Generator<readonly [Value, Value]> {
  for (let i = 0n; i < count; i++) yield [i, i];
}

function entriesOf(value: Value): Iterable<readonly [Value, Value]> | undefined {
  if (value === null) return [];
  if (typeof value === 'bigint') return counted(value);
  if (Array.isArray(value)) return value.map((item, i): [Value, Value] => [BigInt(i), item]);
  return value instanceof Map ? value.entries() : undefined;
}

function callTemplate(run: Run, dot: Value, node: Extract<TemplateNode, { kind: 'template' }>): void {
  const body = run.tree.defined.get(node.name);
  if (body === undefined) {
    throw fail(run, node, printCall(node), `template "${node.name}" not defined`);
  }
  if (++run.calls > MAX_CALLS) {
    throw fail(run, node, printCall(node), `exceeded maximum template depth (${MAX_CALLS})`);
  }
  const value = node.pipe === undefined ? null : evaluatePipe(run, dot, node.pipe);
  const variables = run.variables.splice(0, Number.POSITIVE_INFINITY, { name: '$', value });
  const executing = run.executing;
  run.executing = node.name;
  walk(run, value, body);
  run.executing = executing;
  run.variables.splice(0, Number.POSITIVE_INFINITY, ...variables);
  run.calls--;
}

function printCall({ name, pipe }: Extract<TemplateNode, { kind: 'template' }>): string {
  return `{{template ${JSON.stringify(name)}${pipe === undefined ? '' : ` ${printPipe(pipe)}`}}}`;
}

function setVariable(run: Run, name: string, value: Value, assign: boolean): void {
  const known = assign ? run.variables.findLast((variable) => variable.name === name) : undefined;
  if (known === undefined) run.variables.push({ name, value });
  else known.value = value;
}

/** @param iterates whether the pipe's variables are those of a range, which sets them itself */
function evaluatePipe(run: Run, dot: Value, pipe: Pipe, iterates = false): Value {
  let value: Value | undefined;
  for (const command of pipe.commands) value = evaluateCommand(run, dot, command, value);
  const result = value ?? null;
  if (!iterates) for (const name of pipe.variables) setVariable(run, name, result, pipe.assigns);
  return result;
}

function evaluateCommand(run: Run, dot: Value, command: Command, final: Value | undefined): Value {
  step(run);
  const [first, ...rest] = command.operands;
  if (first.kind === 'function') return callFunction(run, dot, command, first.name, final);
  if (first.kind === 'nil') throw fail(run, first, 'nil', 'nil is not a command');
  if (first.kind === 'field' || first.kind === 'chain' || first.kind === 'variable') {
    const args = rest.map((operand) => evaluateOperand(run, dot, operand));
    return evaluatePath(run, dot, first, final === undefined ? args : [...args, final]);
  }
  if (rest.length > 0 || final !== undefined) {
    throw fail(run, first, printOperand(first), `can't give argument to non-function ${printOperand(first)}`);
  }
  return evaluateOperand(run, dot, first);
}

/** An operand on its own, its type free. */
function evaluateOperand(run: Run, dot: Value, operand: Operand): Value {
  step(run);
  switch (operand.kind) {
    case 'dot':
      return whole(run, dot);
    case 'nil':
      return null;
    case 'bool':
    case 'string':
      return operand.value;
    case 'number':
      return operand.integer === undefined || operand.floating ? operand.float : operand.integer;
    case 'pipe':
      return evaluatePipe(run, dot, operand);
    case 'function':
      return callFunction(run, dot, { at: operand.at, operands: [operand] }, operand.name, undefined);
    case 'field':
    case 'variable':
    case 'chain':
      return evaluatePath(run, dot, operand, []);
  }
}

/** The dot a template begins with gets its entries when it is used as a whole. */
function whole(run: Run, value: Value): Value {
  if (value !== run.root || run.root.size > 0) return value;
  const labels = run.labels.result();
  for (let i = 0; i < labels.length; i += 2) run.root.set(labels[i] ?? '', labels[i + 1] ?? '');
  return value;
}

type PathOperand = Extract<Operand, { kind: 'field' | 'variable' | 'chain' }>;

function evaluatePath(run: Run, dot: Value, operand: PathOperand, args: readonly Value[]): Value {
  let value = dot;
  if (operand.kind === 'chain') value = evaluatePipe(run, dot, operand.of);
  else if (operand.kind === 'variable') {
    value = run.variables.findLast((variable) => variable.name === operand.name)?.value ?? null;
  }
  if (operand.path.length === 0) {
    if (args.length > 0)
      throw fail(run, operand, printOperand(operand), `can't give argument to non-function ${printOperand(operand)}`);
    return whole(run, value);
  }
  operand.path.forEach((name, i) => {
    value = fieldOf(run, operand, value, name, i === operand.path.length - 1 ? args : []);
  });
  return value;
}

function fieldOf(run: Run, operand: PathOperand, value: Value, name: string, args: readonly Value[]): Value {
  if (value instanceof GoTime) {
    const result = timeMethod(value, name, args);
    if (result !== undefined) return result;
  }
  // Go reports a field of a parenthesised value at the value.
  const blamed = operand.kind === 'chain' ? (operand.of.commands.at(-1)?.operands[0] ?? operand) : operand;
  const shown = printOperand(blamed);
  if (args.length > 0) throw fail(run, blamed, shown, `${name} is not a method but has arguments`);
  if (value === run.root) return run.labels.get(name) ?? '';
  if (value instanceof Map) return value.get(name) ?? null;
  if (value === null) throw fail(run, blamed, shown, `nil pointer evaluating interface {}.${name}`);
  throw fail(run, blamed, shown, `can't evaluate field ${name} in type ${typeName(value)}`);
}

function callFunction(run: Run, dot: Value, command: Command, name: string, final: Value | undefined): Value {
  const [identifier, ...operands] = command.operands;
  const given = operands.length + (final === undefined ? 0 : 1);
  if (name === 'and' || name === 'or') return shortCircuit(run, dot, command, name, final);
  const type = FUNCTIONS.get(name);
  if (type === undefined) throw fail(run, identifier, name, `"${name}" is not a defined function`);
  const { parameters, rest } = type;
  if (given < parameters.length || (rest === undefined && given > parameters.length)) {
    const want = rest === undefined ? `${parameters.length}` : `at least ${parameters.length}`;
    throw fail(run, identifier, name, `wrong number of args for ${name}: want ${want} got ${given}`);
  }
  const args = operands.map((operand, i) => evaluateArgument(run, dot, operand, parameters[i] ?? rest ?? 'any'));
  if (final !== undefined) {
    const wanted = parameters[operands.length] ?? rest ?? 'any';
    args.push(checked(run, identifier, name, final, wanted));
  }
  try {
    return type.call(args, run.surroundings);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message =
      name === 'call'
        ? error.message.replace('non-function', `non-function ${operands.map(printOperand)[0] ?? ''}`)
        : error.message;
    throw fail(run, identifier, printCommand(command), `error calling ${name}: ${message}`);
  }
}

/** `and` gives the first empty argument, `or` the first that is not, else the last; those behind are not evaluated. */
function shortCircuit(run: Run, dot: Value, command: Command, name: 'and' | 'or', final: Value | undefined): Value {
  const [identifier, ...operands] = command.operands;
  if (operands.length === 0 && final === undefined) {
    throw fail(run, identifier, name, `wrong number of args for ${name}: want at least 1 got 0`);
  }
  let value: Value = null;
  for (const operand of operands) {
    value = evaluateOperand(run, dot, operand);
    if (isTrue(value) === (name === 'or')) return value;
  }
  return final ?? value;
}

/** An argument for a parameter of a type: constants must be of the type, values are checked. */
function evaluateArgument(run: Run, dot: Value, operand: Operand, type: ParameterType): Value {
  if (type === 'any') return evaluateOperand(run, dot, operand);
  const shown = printOperand(operand);
  switch (operand.kind) {
    case 'string':
    case 'bool':
      if (operand.kind === 'string' && type === 'string') return operand.value;
      throw fail(run, operand, shown, mismatch(type, shown));
    case 'number':
      if (type === 'int' && operand.integer !== undefined) return operand.integer;
      if (type === 'float64') return operand.float;
      throw fail(run, operand, shown, mismatch(type, shown));
    case 'nil':
      throw fail(run, operand, shown, `cannot assign nil to ${goName(type)}`);
    default:
      return checked(run, operand, shown, evaluateOperand(run, dot, operand), type);
  }
}

function goName(type: ParameterType): string {
  return type === 'time' ? 'time.Time' : type;
}

function mismatch(type: ParameterType, shown: string): string {
  if (type === 'time') return `can't handle ${shown} for arg of type time.Time`;
  const words = { string: 'string', int: 'integer', float64: 'float', any: '' };
  return `expected ${words[type]}; found ${shown}`;
}

const TYPE_NAMES: Readonly<Record<ParameterType, string>> = {
  string: 'string',
  int: 'int',
  float64: 'float64',
  time: 'time.Time',
  any: '',
};

function checked(run: Run, place: Place, shown: string, value: Value, type: ParameterType): Value {
  if (type === 'any' || typeName(value) === TYPE_NAMES[type]) return value;
  if (value === null) throw fail(run, place, shown, `invalid value; expected ${TYPE_NAMES[type]}`);
  throw fail(run, place, shown, `wrong type for value; expected ${TYPE_NAMES[type]}; got ${typeName(value)}`);
}
