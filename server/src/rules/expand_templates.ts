import {
  execute,
  Named,
  parseTemplate,
  stringMap,
  struct,
  syntaxErrorText,
  TemplateError,
  TemplateSyntaxError,
  type TemplateTree,
  type Value,
} from '@trilith/lang/template';
import { histogramText } from '../model/histogram_text.ts';
import type { Labels } from '../model/labels.ts';
import type { AlertTemplates, ExpandAlertTemplates, RuleSample } from './ports.ts';
import {
  RULE_TEMPLATE_FUNCTIONS,
  type RuleTemplateContext,
  templateResult,
  templateSample,
} from './template_functions.ts';

/** What every template of an alert can use by a shorter name (prometheus/rules/alerting.go). */
const DEFINITIONS =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';

/** Queries one template may ask. */
const MAX_QUERIES = 100;
/** Parsed templates kept; those of a configuration come again at every evaluation. */
const MAX_KEPT = 20_000;

export interface TemplateSurroundings {
  readonly externalLabels: ReadonlyMap<string, string>;
  /** Of this server. */
  readonly externalUrl: string;
}

/** Says what is wrong with the syntax of an alert's template, as upstream's rule loader does; undefined when nothing is. */
export function templateProblem(alert: string, source: string): string | undefined {
  if (!source.includes('{{')) return undefined;
  const name = `__alert_${alert}`;
  try {
    parseTemplate(DEFINITIONS + source, name, { functions: RULE_TEMPLATE_FUNCTIONS });
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    return syntaxErrorText(error, name, DEFINITIONS + source);
  }
}

/**
 * Expands templates of alerts in Prometheus' language. What fails stands in the value as `<error expanding template: …>`,
 * with upstream's words and positions.
 */
export function createTemplateExpander(surroundings: TemplateSurroundings): ExpandAlertTemplates {
  const parsed = new Map<string, TemplateTree>();
  const externalLabels = stringMap(surroundings.externalLabels);
  const treeOf = (name: string, source: string): TemplateTree => {
    const key = `${name}\0${source}`;
    const known = parsed.get(key);
    if (known !== undefined) return known;
    const tree = parse(name, DEFINITIONS + source);
    if (parsed.size >= MAX_KEPT) parsed.clear();
    parsed.set(key, tree);
    return tree;
  };
  return async (alert) => {
    const name = `__alert_${alert.rule}`;
    const labels = stringMap(pairs(alert.sample.labels));
    const data = struct(
      'struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }',
      {
        Labels: labels,
        ExternalLabels: externalLabels,
        ExternalURL: surroundings.externalUrl,
        Value: valueIn(alert.sample),
      },
    );
    const expand = async (source: string): Promise<string> => {
      if (!source.includes('{{')) return source;
      try {
        return await render(treeOf(name, source), data, alert, surroundings.externalUrl);
      } catch (error) {
        return `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`;
      }
    };
    return { labels: await expandAll(alert.labels, expand), annotations: await expandAll(alert.annotations, expand) };
  };
}

async function expandAll(
  templates: ReadonlyMap<string, string>,
  expand: (source: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const expanded = new Map<string, string>();
  for (const [name, source] of templates) expanded.set(name, await expand(source));
  return expanded;
}

function parse(name: string, source: string): TemplateTree {
  try {
    return parseTemplate(source, name, { functions: RULE_TEMPLATE_FUNCTIONS });
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    throw new TemplateError(`error parsing template ${name}: ${syntaxErrorText(error, name, source)}`);
  }
}

/** Thrown through a rendering that needs a query's result first. */
class AwaitsQuery {
  readonly expr: string;
  constructor(expr: string) {
    this.expr = expr;
  }
}

/** Renders again and again until every query that comes up has been answered: rendering itself waits for nothing. */
async function render(tree: TemplateTree, data: Value, alert: AlertTemplates, externalUrl: string): Promise<string> {
  const answers = new Map<string, Named | Error>();
  const context: RuleTemplateContext = {
    timeMs: alert.timeMs,
    externalUrl,
    query(expr) {
      const answer = answers.get(expr);
      if (answer === undefined) throw new AwaitsQuery(expr);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  for (;;) {
    try {
      return execute(tree, data, { functions: RULE_TEMPLATE_FUNCTIONS, context });
    } catch (error) {
      if (error instanceof AwaitsQuery) {
        if (answers.size >= MAX_QUERIES)
          throw new TemplateError(`template ${tree.name} asks more than ${MAX_QUERIES} queries`);
        answers.set(error.expr, await answerOf(error.expr, alert));
        continue;
      }
      if (!(error instanceof TemplateError)) throw error;
      throw new TemplateError(`error executing template ${tree.name}: ${error.message}`);
    }
  }
}

async function answerOf(expr: string, alert: AlertTemplates): Promise<Named | Error> {
  try {
    const samples = await alert.query(expr);
    return templateResult(samples.map((one) => templateSample(stringMap(pairs(one.labels)), valueIn(one))));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const valueIn = ({ histogram, value }: RuleSample): Value =>
  histogram === undefined ? value : new Named({ name: '*histogram.FloatHistogram' }, histogramText(histogram));

function* pairs(labels: Labels): Generator<readonly [string, string]> {
  for (let i = 0; i < labels.length; i += 2) yield [labels[i] ?? '', labels[i + 1] ?? ''];
}
