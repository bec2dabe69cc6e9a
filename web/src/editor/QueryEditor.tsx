import { closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { type Diagnostic, linter } from '@codemirror/lint';
import { Compartment, EditorState, type Extension, Prec, StateEffect } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderText } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { Range } from '../time/range.ts';
import { diagnose, type QueryLanguage } from './diagnose.ts';
import { editorLook } from './highlighting.ts';
import { logqlSupport } from './logql.ts';
import { promqlSupport } from './promql.ts';
import { traceqlSupport } from './traceql.ts';

/** Something to be said about a place in the text; null places are said elsewhere. */
export interface EditorRemark {
  readonly severity: 'warning' | 'info';
  readonly message: string;
  readonly from: number | null;
  readonly to: number | null;
}

interface RemarkedQuery {
  readonly query: string;
  readonly remarks: readonly EditorRemark[];
}

export interface QueryEditorProps {
  readonly language: QueryLanguage;
  readonly value: string;
  readonly label: string;
  readonly placeholder: string;
  readonly range: Range;
  readonly autoFocus?: boolean;
  /** About the query as it was asked last: `value` when they came. */
  readonly remarks?: readonly EditorRemark[];
  readonly onChange: (text: string) => void;
  readonly onRun: (text: string) => void;
}

/** The server said something new about the text, so it is looked at again. */
const remarksChanged = StateEffect.define<null>();

/** Our parser's complaints; of a query without any, what the server remarked on the very text it was asked. */
const complaints = (language: QueryLanguage, remarked: () => RemarkedQuery): Extension =>
  linter(
    (view): Diagnostic[] => {
      const text = view.state.doc.toString();
      const found = diagnose(language, text).map((one) => ({ ...one, severity: 'error' as const }));
      const { query, remarks } = remarked();
      if (found.length > 0 || query !== text) return found;
      return remarks.flatMap(({ severity, message, from, to }) =>
        from === null || to === null ? [] : [{ severity, message, from, to: Math.min(to, text.length) }],
      );
    },
    {
      delay: 350,
      needsRefresh: (update) =>
        update.transactions.some(({ effects }) => effects.some((effect) => effect.is(remarksChanged))),
    },
  );

const supports = { promql: promqlSupport, logql: logqlSupport, traceql: traceqlSupport } as const;

const noRemarks: readonly EditorRemark[] = [];

/** A query box: official highlighting, completion from the server, diagnostics of our own parser. Ctrl or Shift+Enter runs. */
export function QueryEditor({
  language,
  value,
  label,
  placeholder,
  range,
  autoFocus = false,
  remarks = noRemarks,
  onChange,
  onRun,
}: QueryEditorProps) {
  const mount = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const words = useRef(new Compartment());
  const latest = useRef({ onChange, onRun, range });
  latest.current = { onChange, onRun, range };
  const remarked = useRef<RemarkedQuery>({ query: '', remarks: noRemarks });

  // biome-ignore lint/correctness/useExhaustiveDependencies: one editor per language; text, words and handlers follow below.
  useEffect(() => {
    if (mount.current === null) return;
    const run = (editor: EditorView): boolean => {
      latest.current.onRun(editor.state.doc.toString());
      return true;
    };
    const state = EditorState.create({
      doc: value,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: 'Mod-Enter', run },
            { key: 'Shift-Enter', run },
          ]),
        ),
        history(),
        closeBrackets(),
        bracketMatching(),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        supports[language](() => latest.current.range),
        complaints(language, () => remarked.current),
        editorLook,
        EditorView.lineWrapping,
        // Completions still under way would open over the next row after the cursor has left.
        EditorView.domEventHandlers({
          blur: (_, left) => {
            closeCompletion(left);
          },
        }),
        words.current.of([]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) latest.current.onChange(update.state.doc.toString());
        }),
      ],
    });
    const made = new EditorView({ state, parent: mount.current });
    view.current = made;
    if (autoFocus) made.focus();
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [language]);

  const remarksKey = JSON.stringify(remarks);
  // biome-ignore lint/correctness/useExhaustiveDependencies: remarks belong to the text they came for, not to what is typed after.
  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const shown = remarked.current.remarks.length > 0;
    remarked.current = { query: value, remarks };
    if (shown || remarks.length > 0) editor.dispatch({ effects: remarksChanged.of(null) });
  }, [remarksKey]);

  useEffect(() => {
    const attributes = EditorView.contentAttributes.of({ 'aria-label': label });
    view.current?.dispatch({ effects: words.current.reconfigure([placeholderText(placeholder), attributes]) });
  }, [label, placeholder]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: value },
      selection: { anchor: value.length },
    });
  }, [value]);

  return <div ref={mount} className="query-editor" data-main-search />;
}
