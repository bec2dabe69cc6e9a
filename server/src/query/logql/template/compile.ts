import { parseTemplate, type TemplateTree } from '@trilith/lang/logql';
import { execute, type TemplateLabels } from './evaluate.ts';

/** Renders a template for one record. @throws TemplateError, see execute */
export type Template = (labels: TemplateLabels, line: string, timeNs: bigint) => string;

/**
 * A template ready for many records; `now` is the moment of compiling.
 * @param name what errors call it: `line` or `label`
 * @throws TemplateSyntaxError, which the check of the query has thrown before
 */
export function compileTemplate(source: string, name: 'line' | 'label'): Template {
  const tree = parseTemplate(source, name);
  const plain = fieldsAndText(tree);
  if (plain !== undefined) return plain;
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  return (labels, line, timeNs) => execute(tree, labels, { line, timeNs, nowNs });
}

/** Most templates are text and fields: those are joined without walking a tree. */
function fieldsAndText(tree: TemplateTree): Template | undefined {
  const parts: { readonly text: string; readonly field: boolean }[] = [];
  for (const node of tree.body) {
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
