import type { ParameterType } from './function_type.ts';
import { failure, type Place, type Run, step } from './run.ts';
import { timeMethod } from './time_methods.ts';
import { type Command, type Operand, type Pipe, printCommand, printOperand } from './tree.ts';
import { entriesOf, GoDuration, GoTime, isTrue, Named, typeName, type Value } from './value.ts';

/** Sets a variable; without `assign` it is a new one, which hides others of its name. */
export function setVariable<C>(run: Run<C>, name: string, value: Value, assign: boolean): void {
  const known = assign ? run.variables.findLast((variable) => variable.name === name) : undefined;
  if (known === undefined) run.variables.push({ name, value });
  else known.value = value;
}

/**
 * The value of a pipeline; its variables are set.
 * @param iterates whether the variables are those of a range, which sets them itself
 */
export function evaluatePipe<C>(run: Run<C>, dot: Value, pipe: Pipe, iterates = false): Value {
  let value: Value | undefined;
  for (const command of pipe.commands) value = evaluateCommand(run, dot, command, value);
  const result = value ?? null;
  if (!iterates) for (const name of pipe.variables) setVariable(run, name, result, pipe.assigns);
  return result;
}

function evaluateCommand<C>(run: Run<C>, dot: Value, command: Command, final: Value | undefined): Value {
  step(run);
  const [first, ...rest] = command.operands;
  if (first.kind === 'function') return callFunction(run, dot, command, first.name, final);
  if (first.kind === 'nil') throw failure(run, first, 'nil', 'nil is not a command');
  if (first.kind === 'field' || first.kind === 'chain' || first.kind === 'variable') {
    const args = rest.map((operand) => evaluateOperand(run, dot, operand));
    return evaluatePath(run, dot, first, final === undefined ? args : [...args, final]);
  }
  if (rest.length > 0 || final !== undefined) {
    throw failure(run, first, printOperand(first), `can't give argument to non-function ${printOperand(first)}`);
  }
  return evaluateOperand(run, dot, first);
}

/** An operand on its own, its type free. */
function evaluateOperand<C>(run: Run<C>, dot: Value, operand: Operand): Value {
  step(run);
  switch (operand.kind) {
    case 'dot':
      return dot;
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

type PathOperand = Extract<Operand, { kind: 'field' | 'variable' | 'chain' }>;

function evaluatePath<C>(run: Run<C>, dot: Value, operand: PathOperand, args: readonly Value[]): Value {
  let value = dot;
  if (operand.kind === 'chain') value = evaluatePipe(run, dot, operand.of);
  else if (operand.kind === 'variable') {
    const variable = run.variables.findLast(({ name }) => name === operand.name);
    // A variable is known to the pipeline that declares it, and has no value there.
    if (variable === undefined) throw failure(run, operand, operand.name, `undefined variable: ${operand.name}`);
    value = variable.value;
  }
  if (operand.path.length === 0) {
    if (args.length === 0) return value;
    throw failure(run, operand, printOperand(operand), `can't give argument to non-function ${printOperand(operand)}`);
  }
  operand.path.forEach((name, i) => {
    value = fieldOf(run, operand, value, name, i === operand.path.length - 1 ? args : []);
  });
  return value;
}

function fieldOf<C>(run: Run<C>, operand: PathOperand, value: Value, name: string, args: readonly Value[]): Value {
  // Go reports a field of a parenthesised value at what it looked at last.
  const blamed = operand.kind === 'chain' ? lastOperand(operand.of) : operand;
  const fail = (message: string): Error => failure(run, blamed, printOperand(blamed), message);
  let found: Value | undefined;
  try {
    found = methodOf(value, name, args);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw fail(`error calling ${name}: ${error.message}`);
  }
  if (found !== undefined) return found;
  if (args.length > 0) throw fail(`${name} is not a method but has arguments`);
  const entries = entriesOf(value);
  const field = entries?.get(name);
  if (field !== undefined) return field;
  if (value === null) throw fail(`nil pointer evaluating interface {}.${name}`);
  const isStruct = value instanceof Named && value.type.isStruct === true;
  if (entries === undefined || isStruct) throw fail(`can't evaluate field ${name} in type ${typeName(value)}`);
  return value instanceof Named ? (value.type.missing ?? null) : null;
}

/** What evaluating a pipeline looks at last: where Go places errors about its value. */
export function lastOperand(pipe: Pipe): Operand {
  const last = pipe.commands.at(-1)?.operands.at(-1) ?? pipe;
  return last.kind === 'pipe' && last !== pipe ? lastOperand(last) : last;
}

function methodOf(value: Value, name: string, args: readonly Value[]): Value | undefined {
  if (value instanceof GoTime || value instanceof GoDuration) return timeMethod(value, name, args);
  return value instanceof Named ? value.type.methods?.get(name)?.(value, args) : undefined;
}

function callFunction<C>(run: Run<C>, dot: Value, command: Command, name: string, final: Value | undefined): Value {
  const [identifier, ...operands] = command.operands;
  const given = operands.length + (final === undefined ? 0 : 1);
  if (name === 'and' || name === 'or') return shortCircuit(run, dot, command, name, final);
  const type = run.functions.get(name);
  if (type === undefined) throw failure(run, identifier, name, `"${name}" is not a defined function`);
  const { parameters, rest } = type;
  if (given < parameters.length || (rest === undefined && given > parameters.length)) {
    const want = rest === undefined ? `${parameters.length}` : `at least ${parameters.length}`;
    throw failure(run, identifier, name, `wrong number of args for ${name}: want ${want} got ${given}`);
  }
  const args = operands.map((operand, i) => evaluateArgument(run, dot, operand, parameters[i] ?? rest ?? 'any'));
  if (final !== undefined) {
    const wanted = parameters[operands.length] ?? rest ?? 'any';
    args.push(checked(run, identifier, name, final, wanted));
  }
  try {
    return type.call(args, run.context, run.render);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message =
      name === 'call'
        ? error.message.replace('non-function', `non-function ${operands.map(printOperand)[0] ?? ''}`)
        : error.message;
    throw failure(run, identifier, printCommand(command), `error calling ${name}: ${message}`);
  }
}

/** `and` gives the first empty argument, `or` the first that is not, else the last; those behind are not evaluated. */
function shortCircuit<C>(
  run: Run<C>,
  dot: Value,
  command: Command,
  name: 'and' | 'or',
  final: Value | undefined,
): Value {
  const [identifier, ...operands] = command.operands;
  if (operands.length === 0 && final === undefined) {
    throw failure(run, identifier, name, `wrong number of args for ${name}: want at least 1 got 0`);
  }
  let value: Value = null;
  for (const operand of operands) {
    value = evaluateOperand(run, dot, operand);
    if (isTrue(value) === (name === 'or')) return value;
  }
  return final ?? value;
}

/** An argument for a parameter of a type: constants must be of the type, values are checked. */
function evaluateArgument<C>(run: Run<C>, dot: Value, operand: Operand, type: ParameterType): Value {
  if (type === 'any') return evaluateOperand(run, dot, operand);
  const shown = printOperand(operand);
  switch (operand.kind) {
    case 'string':
    case 'bool':
      if (operand.kind === type) return operand.value;
      throw failure(run, operand, shown, mismatch(type, shown));
    case 'number':
      if (type === 'int' && operand.integer !== undefined) return operand.integer;
      if (type === 'float64') return operand.float;
      throw failure(run, operand, shown, mismatch(type, shown));
    case 'nil':
      throw failure(run, operand, shown, `cannot assign nil to ${goName(type)}`);
    default:
      return checked(run, operand, shown, evaluateOperand(run, dot, operand), type);
  }
}

function goName(type: ParameterType): string {
  if (typeof type === 'object') return type.goName;
  return type === 'time' ? 'time.Time' : type;
}

const WANTED = { string: 'string', int: 'integer', float64: 'float', bool: 'bool', any: '' };

function mismatch(type: ParameterType, shown: string): string {
  if (typeof type === 'object' || type === 'time') return `can't handle ${shown} for arg of type ${goName(type)}`;
  return `expected ${WANTED[type]}; found ${shown}`;
}

function checked<C>(run: Run<C>, place: Place, shown: string, value: Value, type: ParameterType): Value {
  if (type === 'any') return value;
  if (typeof type === 'object' ? type.accepts(value) : typeName(value) === goName(type)) return value;
  if (value === null) throw failure(run, place, shown, `invalid value; expected ${goName(type)}`);
  throw failure(run, place, shown, `wrong type for value; expected ${goName(type)}; got ${typeName(value)}`);
}
