import { LOGQL_TEMPLATES } from '@trilith/lang/logql';
import {
  BUILTIN_FUNCTIONS,
  execute,
  type FunctionType,
  Named,
  parseTemplate,
  type TemplateTree,
  type Value,
  type ValueMap,
} from '@trilith/lang/template';
import { NUMBER_FUNCTIONS } from './number_functions.ts';
import { STRING_FUNCTIONS } from './string_functions.ts';
import { type RecordContext, TIME_FUNCTIONS } from './time_functions.ts';

/** Renders a template for one record. @throws TemplateError, see execute */
export type Template = (labels: TemplateLabels, line: string, timeNs: bigint) => string;

/** The labels of a record as a template sees them; a label it has not is the empty string. */
export interface TemplateLabels {
  get(name: string): string | undefined;
  /** Name, value, …; sorted by name. */
  result(): readonly string[];
}

const FUNCTIONS: ReadonlyMap<string, FunctionType<RecordContext>> = new Map(
  [BUILTIN_FUNCTIONS, STRING_FUNCTIONS, NUMBER_FUNCTIONS, TIME_FUNCTIONS].flatMap((group) => Object.entries(group)),
);

/** Labels as the dot; they are put together only when a template asks for all of them. */
class LabelEntries implements ValueMap {
  readonly #labels: TemplateLabels;
  constructor(labels: TemplateLabels) {
    this.#labels = labels;
  }

  get(name: string): string | undefined {
    return this.#labels.get(name);
  }

  get size(): number {
    return this.#labels.result().length / 2;
  }

  *[Symbol.iterator](): Generator<readonly [string, Value]> {
    const labels = this.#labels.result();
    for (let i = 0; i < labels.length; i += 2) yield [labels[i] ?? '', labels[i + 1] ?? ''];
  }
}

const LABELS = { name: 'map[string]string', missing: '' };

/**
 * A template ready for many records; `now` is the moment of compiling.
 * @param name what errors call it: `line` or `label`
 * @throws TemplateSyntaxError, which the check of the query has thrown before
 */
export function compileTemplate(source: string, name: 'line' | 'label'): Template {
  const tree = parseTemplate(source, name, LOGQL_TEMPLATES);
  const plain = fieldsAndText(tree);
  if (plain !== undefined) return plain;
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  return (labels, line, timeNs) =>
    execute(tree, new Named(LABELS, new LabelEntries(labels)), {
      functions: FUNCTIONS,
      context: { line, timeNs, nowNs },
    });
}

/** Most templates are text and fields: those are joined without walking a tree. */
function fieldsAndText(tree: TemplateTree): Template | undefined {
  const parts: { readonly text: string; readonly field: boolean }[] = [];
  for (const node of tree.nodes) {
    if (node.kind === 'text') {
      parts.push({ text: node.text, field: false });
      continue;
    }
    if (node.kind !== 'action' || node.pipe.variables.length > 0 || node.pipe.commands.length !== 1) return undefined;
    const [operand, second] = node.pipe.commands[0]?.operands ?? [];
    if (operand?.kind !== 'field' || operand.path.length !== 1 || second !== undefined) return undefined;
    parts.push({ text: operand.path[0] ?? '', field: true });
  }
  return (labels) => {
    let out = '';
    for (const { text, field } of parts) out += field ? (labels.get(text) ?? '') : text;
    return out;
  };
}
