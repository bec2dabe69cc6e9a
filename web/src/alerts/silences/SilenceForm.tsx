import { Button, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCopy, useToast } from '../../app/Toasts.tsx';
import { keepSilence, type SilenceRequest } from '../../data/silences.ts';
import { useFormats } from '../../i18n/format.ts';
import { useMe } from '../../on_call/me.ts';
import { Panel } from '../../states/Panel.tsx';
import { useAction } from '../../states/useAction.ts';
import { parseMoment } from '../../time/range.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { goTo } from '../../url/view.ts';
import { type Matcher, matcherText, toSilence } from '../labels/matchers.ts';
import { amtoolCommand, curlCommand } from './commands.ts';
import { DurationChips } from './DurationChips.tsx';
import { MatcherRows } from './MatcherRows.tsx';
import { PreviewOfSilence } from './PreviewOfSilence.tsx';
import { silencesKey } from './silencesKey.ts';

/** What a form begins with. */
export interface SilenceDraft {
  /** Empty for a new one. */
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsMs: number | null;
  readonly endsMs: number;
  readonly comment: string;
  readonly createdBy: string;
}

/** A silence to be made or changed; what it would hold is shown while it is written. */
export function SilenceForm({ draft }: { readonly draft: SilenceDraft }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { zone } = useTime();
  const { me } = useMe();
  const { busy, run } = useAction();
  const toast = useToast();
  const copy = useCopy();
  const client = useQueryClient();
  const [matchers, setMatchers] = useState(draft.matchers);
  const [endsMs, setEndsMs] = useState(draft.endsMs);
  const [comment, setComment] = useState(draft.comment);
  const [author, setAuthor] = useState(draft.createdBy === '' ? me : draft.createdBy);
  const [exact, setExact] = useState('');
  const named = matchers.filter(({ name }) => name !== '');
  const texts = named.map(matcherText);
  const request = (): SilenceRequest => ({
    ...(draft.id === '' ? {} : { id: draft.id }),
    matchers: named.map(toSilence),
    startsAt: new Date(draft.startsMs ?? Date.now()).toISOString(),
    endsAt: new Date(endsMs).toISOString(),
    createdBy: author.trim() === '' ? t('silences.somebody') : author.trim(),
    comment: comment.trim(),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    run(
      () => keepSilence(request()),
      (id) => {
        toast(t('silences.made'));
        void client.invalidateQueries({ queryKey: silencesKey });
        void client.invalidateQueries({ queryKey: ['alerts-now'] });
        goTo('/alerts/silences', { id });
      },
    );
  };
  const wrongEnd = exact.trim() !== '' && parseMoment(exact, Date.now(), zone, true) === null;
  return (
    <form className="silence-form" onSubmit={submit}>
      <Panel title={t('silences.matchers')}>
        <div className="panel-body">
          <MatcherRows matchers={matchers} onChange={setMatchers} />
        </div>
      </Panel>
      <Panel title={t('silences.until')}>
        <div className="panel-body">
          <DurationChips endsMs={endsMs} startsMs={draft.startsMs} onChange={setEndsMs} />
          <TextInput
            size="xs"
            label={t('silences.exactEnd')}
            placeholder="2026-11-23 09:00, now+8h"
            value={exact}
            error={wrongEnd ? t('time.invalid') : null}
            onChange={(event) => {
              setExact(event.currentTarget.value);
              const at = parseMoment(event.currentTarget.value, Date.now(), zone, true);
              if (at !== null) setEndsMs(at);
            }}
          />
          <Textarea
            size="xs"
            label={t('silences.comment')}
            autosize
            minRows={1}
            maxRows={5}
            maxLength={4000}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <TextInput
            size="xs"
            label={t('silences.author')}
            value={author}
            maxLength={256}
            onChange={(event) => setAuthor(event.currentTarget.value)}
          />
          <div className="group-card-actions">
            <Button type="submit" size="sm" disabled={busy || texts.length === 0 || wrongEnd || endsMs <= Date.now()}>
              {t(draft.id === '' ? 'silences.make' : 'silences.change', { time: formats.short(endsMs) })}
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              disabled={texts.length === 0}
              onClick={() => copy(amtoolCommand(texts, endsMs - Date.now(), request()), t('actions.copied'))}
            >
              {t('silences.copyCommand')}
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              disabled={texts.length === 0}
              onClick={() => copy(curlCommand(request()), t('actions.copied'))}
            >
              {t('silences.copyCurl')}
            </Button>
          </div>
        </div>
      </Panel>
      <PreviewOfSilence matchers={texts} />
    </form>
  );
}
