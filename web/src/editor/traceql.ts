import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { LanguageSupport, StreamLanguage, type StringStream } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { completionContext } from '@trilith/lang/traceql';
import { spanFields, spanFieldValues } from '../data/tempo.ts';
import type { Range } from '../time/range.ts';

const scoped = /^(?:(?:parent\.)?(?:span|resource|event|link|instrumentation)|parent)\.|^\./;
const named = /^(?:(?:span|trace|event|link|instrumentation):)?[A-Za-z_]\w*/;
const functions = /^(?:rate|count|avg|min|max|sum|by|select|coalesce|compare|topk|bottomk|with|\w+_over_time)$/;
const keywords = /^(?:true|false|nil|ok|error|unset|unspecified|internal|server|client|producer|consumer)$/;

/** One token; the names are those of `@lezer/highlight`'s tags. */
function token(stream: StringStream): string | null {
  if (stream.eatSpace()) return null;
  if (stream.match(/^"(?:[^"\\]|\\.)*"?|^`[^`]*`?/)) return 'string';
  if (stream.match(/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h|d|w|y))+\b|^\d+(?:\.\d+)?|^\.\d+/)) return 'number';
  if (stream.match(scoped)) {
    stream.match(/^(?:"(?:[^"\\]|\\.)*"|[^\s{}()=~!<>&|^,"])+/);
    return 'propertyName';
  }
  const word = stream.match(named);
  if (word !== null && typeof word === 'object') {
    const text = word[0] ?? '';
    if (keywords.test(text)) return 'keyword';
    return functions.test(text) && stream.match(/^\s*\(/, false) ? 'keyword' : 'propertyName';
  }
  if (stream.match(/^(?:[!&]?(?:>>|<<|>|<|~)|&&|\|\||=~|!~|!=|>=|<=|=|[-+*/%^!])/)) return 'operator';
  stream.next();
  return 'punctuation';
}

const traceqlLanguage = StreamLanguage.define<null>({
  name: 'traceql',
  startState: () => null,
  token,
  languageData: { closeBrackets: { brackets: ['(', '{', '"', '`'] } },
});

/** TraceQL with completion of fields, their values and stages; `range` bounds what is looked up. */
export function traceqlSupport(range: () => Range): Extension {
  const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const place = completionContext(context.state.doc.toString(), context.pos);
    if (place.kind === 'none') return null;
    if (!context.explicit && place.from === context.pos && place.kind === 'words') return null;
    const options = await optionsFor(place, range());
    if (options.length === 0) return null;
    const validFor = place.kind === 'value' ? /^"?[^"]*$/ : /^[\w.:/-]*$/;
    return { from: place.from, options, validFor };
  };
  return new LanguageSupport(traceqlLanguage, [autocompletion({ override: [complete] })]);
}

async function optionsFor(
  place: Exclude<ReturnType<typeof completionContext>, { kind: 'none' }>,
  range: Range,
): Promise<Completion[]> {
  if (place.kind === 'words') return place.words.map((label) => ({ label, type: 'keyword' }));
  try {
    if (place.kind === 'field') return (await spanFields(range)).map((label) => ({ label, type: 'property' }));
    return (await spanFieldValues(place.field, range)).map(({ value, quoted }) => {
      const label = quoted || place.quoted ? JSON.stringify(value) : value;
      return { label, type: 'text', apply: label };
    });
  } catch {
    // Completion is a convenience: when the server does not answer, typing goes on without it.
    return [];
  }
}
