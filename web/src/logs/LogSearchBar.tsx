import { Button } from '@mantine/core';
import { IconLetterCase, IconPencil, IconRegex } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useScope } from '../app/useServices.ts';
import { LazyEditor } from '../editor/LazyEditor.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { searchHistory } from './kept.ts';
import { isLogql, toLogql } from './searchText.ts';
import type { LogView } from './useLogView.ts';
import { WordBox } from './WordBox.tsx';

/** The one box: words or LogQL. Below it, the LogQL that words become. */
export function LogSearchBar({ view }: { readonly view: LogView }) {
  const { t } = useTranslation();
  const time = useTime();
  const scope = useScope();
  const [text, setText] = useState(view.text);
  useEffect(() => setText(view.text), [view.text]);
  const run = (next: string): void => {
    searchHistory.note(next.trim());
    if (next.trim() === view.text.trim()) time.refresh();
    else view.set({ q: next.trim(), line: null, at: null });
  };
  const asLogql = text.trimStart().startsWith('{') || view.isLogql;
  const becomes = toLogql(text, view.options, scope);
  const toggle = (name: string, on: boolean): void => view.set({ [name]: on ? null : '1' }, { replace: true });
  return (
    <div className="logs-search">
      <div className="query-bar">
        {asLogql ? (
          <LazyEditor
            language="logql"
            value={text}
            label="LogQL"
            placeholder={t('logs.placeholder')}
            range={time.range}
            autoFocus={!view.isLogql}
            onChange={setText}
            onRun={run}
          />
        ) : (
          <WordBox value={text} scope={scope} onChange={setText} onRun={run}>
            <IconButton
              size={26}
              label={t('logs.case')}
              active={view.options.caseSensitive}
              onClick={() => toggle('aa', view.options.caseSensitive)}
            >
              <IconLetterCase size={16} aria-hidden />
            </IconButton>
            <IconButton
              size={26}
              label={t('logs.word')}
              active={view.options.wholeWord}
              onClick={() => toggle('word', view.options.wholeWord)}
            >
              <span className="word-toggle" aria-hidden>
                ab
              </span>
            </IconButton>
            <IconButton
              size={26}
              label={t('logs.regex')}
              active={view.options.regex}
              onClick={() => toggle('re', view.options.regex)}
            >
              <IconRegex size={16} aria-hidden />
            </IconButton>
          </WordBox>
        )}
        <Button size="sm" onClick={() => run(text)}>
          {t('logs.run')}
        </Button>
      </div>
      {!asLogql && !isLogql(text || ' ') && (
        <div className="becomes">
          <span className="dim">{t('logs.becomes')}</span>
          <code>{becomes}</code>
          <button type="button" className="text-button with-icon" onClick={() => run(becomes)}>
            <IconPencil size={12} aria-hidden />
            {t('logs.edit')}
          </button>
        </div>
      )}
    </div>
  );
}
