import { Button, SegmentedControl, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useCopy } from '../../app/Toasts.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { Panel } from '../../states/Panel.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { useView } from '../../url/view.ts';
import { BacktestPanel } from './BacktestPanel.tsx';
import { firstDraft } from './draftRule.ts';

type Language = 'promql' | 'logql';

/** The page of rules that are not loaded yet: their text, and what they would have done. */
export function DraftScreen() {
  const { t } = useTranslation();
  const { params } = useView();
  useTitle(t('alertRules.draft'));
  const draft = params.get('draft') ?? firstDraft;
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{t('alertRules.draft')}</h1>
        <div className="screen-actions">
          <ScreenLink className="chip" to="/alerts/rules">
            {t('alertRules.title')}
          </ScreenLink>
        </div>
      </div>
      <Draft key={draft} draft={draft} first={params.get('language') === 'logql' ? 'logql' : 'promql'} />
    </div>
  );
}

function Draft({ draft, first }: { readonly draft: string; readonly first: Language }) {
  const { t } = useTranslation();
  const copy = useCopy();
  const [text, setText] = useState(draft);
  const [language, setLanguage] = useState<Language>(first);
  return (
    <>
      <Panel
        title={t('alertRules.draftText')}
        tools={
          <>
            <SegmentedControl
              size="xs"
              aria-label={t('alertRules.draftLanguage')}
              value={language}
              onChange={(value) => setLanguage(value === 'logql' ? 'logql' : 'promql')}
              data={[
                { value: 'promql', label: 'PromQL' },
                { value: 'logql', label: 'LogQL' },
              ]}
            />
            <Button size="compact-sm" variant="default" onClick={() => copy(text, t('actions.copied'))}>
              {t('alertRules.copyDraft')}
            </Button>
          </>
        }
      >
        <div className="panel-body">
          <Textarea
            aria-label={t('alertRules.draftText')}
            classNames={{ input: 'mono' }}
            size="xs"
            autosize
            minRows={8}
            maxRows={40}
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <p className="dim">
            {t('alertRules.draftHint', { setting: `rules.${language === 'logql' ? 'logql_' : ''}files` })}
          </p>
        </div>
      </Panel>
      <BacktestPanel rules={{ rules: text, language }} />
    </>
  );
}
