/**
 * The syntax tree of a Go text/template. `at` is the UTF-16 offset in the source that Go reports errors at. A template is
 * data: it is walked, with a budget, and never turned into code.
 */
export type TemplateNode =
  | { readonly kind: 'text'; readonly at: number; readonly text: string }
  | { readonly kind: 'action'; readonly at: number; readonly pipe: Pipe }
  | (Branch & { readonly kind: 'if' | 'with' })
  | (Branch & { readonly kind: 'range' })
  | { readonly kind: 'break' | 'continue'; readonly at: number }
  | { readonly kind: 'template'; readonly at: number; readonly name: string; readonly pipe: Pipe | undefined };

interface Branch {
  readonly at: number;
  readonly pipe: Pipe;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

/** `[$x :=] command | command …`; every command's value is the last argument of the next. */
export interface Pipe {
  readonly kind: 'pipe';
  readonly at: number;
  /** Variables declared or, with `assigns`, set. */
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** A value, or a function or method with its arguments. */
export interface Command {
  readonly at: number;
  readonly operands: readonly [Operand, ...Operand[]];
}

export type Operand =
  | { readonly kind: 'dot' | 'nil'; readonly at: number }
  | { readonly kind: 'function'; readonly at: number; readonly name: string }
  /** `.a.b`: fields of the dot. */
  | { readonly kind: 'field'; readonly at: number; readonly path: readonly string[] }
  /** `$x.a.b`; the name includes the dollar sign. */
  | { readonly kind: 'variable'; readonly at: number; readonly name: string; readonly path: readonly string[] }
  /** `(…).a.b`. */
  | { readonly kind: 'chain'; readonly at: number; readonly of: Pipe; readonly path: readonly string[] }
  | { readonly kind: 'bool'; readonly at: number; readonly value: boolean }
  | { readonly kind: 'string'; readonly at: number; readonly value: string; readonly quoted: string }
  /** `integer` is undefined when the number has a fraction; `floating`: a float where the type is free (`1.0`, `1e3`). */
  | {
      readonly kind: 'number';
      readonly at: number;
      readonly text: string;
      readonly integer: bigint | undefined;
      readonly float: number;
      readonly floating: boolean;
    }
  | Pipe;

/** One template of a set. */
export interface TemplateBody {
  /** What it is defined as. */
  readonly name: string;
  /** What errors call the source it stands in. */
  readonly parseName: string;
  readonly source: string;
  readonly nodes: readonly TemplateNode[];
}

export interface TemplateTree extends TemplateBody {
  /** What `define` and `block` named, in this source and in those read into the set before. */
  readonly defined: ReadonlyMap<string, TemplateBody>;
}

/** An operand as Go prints it in errors. */
export function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'function':
      return operand.name;
    case 'field':
      return operand.path.map((name) => `.${name}`).join('');
    case 'variable':
      return operand.name + operand.path.map((name) => `.${name}`).join('');
    case 'chain':
      return `(${printPipe(operand.of)})${operand.path.map((name) => `.${name}`).join('')}`;
    case 'bool':
      return String(operand.value);
    case 'string':
      return operand.quoted;
    case 'number':
      return operand.text;
    case 'pipe':
      return `(${printPipe(operand)})`;
  }
}

export function printCommand(command: Command): string {
  return command.operands.map(printOperand).join(' ');
}

export function printPipe(pipe: Pipe): string {
  const variables = pipe.variables.length === 0 ? '' : `${pipe.variables.join(', ')} ${pipe.assigns ? '=' : ':='} `;
  return variables + pipe.commands.map(printCommand).join(' | ');
}
