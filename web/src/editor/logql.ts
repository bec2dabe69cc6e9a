import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { LanguageSupport, LRLanguage } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { parser } from '@grafana/lezer-logql';
import { styleTags, tags } from '@lezer/highlight';
import { completionContext } from '@trilith/lang/logql';
import { labelNames, labelValues } from '../data/loki.ts';
import type { Range } from '../time/range.ts';

const highlighted = parser.configure({
  props: [
    styleTags({
      'By Without And Or Unless On Ignoring GroupLeft GroupRight Bool Offset Unwrap': tags.keyword,
      'Json Logfmt Regexp Pattern Unpack LineFormat LabelFormat Decolorize Drop Keep Distinct': tags.keyword,
      'Sum Avg Count Max Min Stddev Stdvar Bottomk Topk Sort Sort_Desc': tags.function(tags.variableName),
      'CountOverTime Rate BytesOverTime BytesRate AvgOverTime SumOverTime MinOverTime MaxOverTime QuantileOverTime FirstOverTime LastOverTime AbsentOverTime RateCounter':
        tags.function(tags.variableName),
      Identifier: tags.labelName,
      String: tags.string,
      'Number Duration Bytes': tags.number,
      LineComment: tags.comment,
      'Eq Neq Re Nre PipeExact PipeMatch PipePattern Npa Gtr Gte Lss Lte': tags.operator,
    }),
  ],
});

const logqlLanguage = LRLanguage.define({
  name: 'logql',
  parser: highlighted,
  languageData: { closeBrackets: { brackets: ['(', '[', '{', '"', '`'] } },
});

/** LogQL with completion of labels, their values, stages and functions; `range` bounds what is looked up. */
export function logqlSupport(range: () => Range): Extension {
  const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const place = completionContext(context.state.doc.toString(), context.pos);
    if (place.kind === 'none') return null;
    if (!context.explicit && place.from === context.pos && place.kind === 'words') return null;
    const options = await optionsFor(place, range());
    return options.length === 0 ? null : { from: place.from, options, validFor: /^[\w.-]*$/ };
  };
  return new LanguageSupport(logqlLanguage, [autocompletion({ override: [complete] })]);
}

async function optionsFor(
  place: Exclude<ReturnType<typeof completionContext>, { kind: 'none' }>,
  range: Range,
): Promise<Completion[]> {
  try {
    if (place.kind === 'label_name') return (await labelNames(range)).map((label) => ({ label, type: 'property' }));
    if (place.kind === 'label_value')
      return (await labelValues(place.label, range)).map((label) => ({
        label,
        type: 'text',
        apply: JSON.stringify(label),
      }));
    const words = place.words.map((label) => ({ label, type: 'keyword' }));
    return place.fields
      ? [...words, ...(await labelNames(range)).map((label) => ({ label, type: 'property' }))]
      : words;
  } catch {
    // Completion is a convenience: when the server does not answer, typing goes on without it.
    return [];
  }
}
