import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { linter } from '@codemirror/lint';
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderText } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { useEffect, useRef } from 'react';
import type { Range } from '../time/range.ts';
import { diagnose, type QueryLanguage } from './diagnose.ts';
import { editorLook } from './highlighting.ts';
import { logqlSupport } from './logql.ts';

export interface QueryEditorProps {
  readonly language: QueryLanguage;
  readonly value: string;
  readonly label: string;
  readonly placeholder: string;
  readonly range: Range;
  readonly autoFocus?: boolean;
  readonly onChange: (text: string) => void;
  readonly onRun: (text: string) => void;
}

function promqlSupport(): Extension {
  const official = new PromQLExtension()
    .setComplete({ remote: { url: '/prometheus', httpMethod: 'GET' } })
    .activateLinter(false)
    .asExtension();
  return [official, autocompletion()];
}

const complaints = (language: QueryLanguage): Extension =>
  linter(
    (view) => diagnose(language, view.state.doc.toString()).map((one) => ({ ...one, severity: 'error' as const })),
    { delay: 350 },
  );

/** A query box: official highlighting, completion from the server, diagnostics of our own parser. Ctrl or Shift+Enter runs. */
export function QueryEditor({
  language,
  value,
  label,
  placeholder,
  range,
  autoFocus = false,
  onChange,
  onRun,
}: QueryEditorProps) {
  const mount = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const words = useRef(new Compartment());
  const latest = useRef({ onChange, onRun, range });
  latest.current = { onChange, onRun, range };

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
        language === 'promql' ? promqlSupport() : logqlSupport(() => latest.current.range),
        complaints(language),
        editorLook,
        EditorView.lineWrapping,
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
