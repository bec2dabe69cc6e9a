import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from '../../app/Toasts.tsx';
import { expireSilence, keepSilence, type Silence } from '../../data/silences.ts';
import { useFormats } from '../../i18n/format.ts';
import { useAction } from '../../states/useAction.ts';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { goTo } from '../../url/view.ts';
import { fromSilence, matchersText, matcherText } from '../labels/matchers.ts';
import { silencePage } from '../links.ts';
import { silencesKey } from './silencesKey.ts';

interface Props {
  readonly silence: Silence;
  readonly nowMs: number;
  /** It is what a link led to. */
  readonly pointed: boolean;
}

const hourMs = 3_600_000;

/** One silence: what it holds, until when, who made it and why. */
export function SilenceCard({ silence, nowMs, pointed }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const ref = useRef<HTMLLIElement>(null);
  const { id, matchers, status, createdBy, comment } = silence;
  const [startsMs, endsMs] = [Date.parse(silence.startsAt), Date.parse(silence.endsAt)];
  useEffect(() => {
    if (pointed) ref.current?.scrollIntoView({ block: 'center' });
  }, [pointed]);
  return (
    <li ref={ref} className="group-card" data-severity="held" data-selected={pointed || undefined}>
      <div className="group-card-head">
        <span className="label-chips">
          {matchers.map((one) => (
            <span key={matcherText(fromSilence(one))} className="label-chip">
              {matcherText(fromSilence(one))}
            </span>
          ))}
        </span>
        <span className="dim num group-age" title={`${formats.dateTime(startsMs)} – ${formats.dateTime(endsMs)}`}>
          {status.state === 'active' && t('silences.endsIn', { time: formats.duration(endsMs - nowMs) })}
          {status.state === 'pending' && t('silences.startsIn', { time: formats.duration(startsMs - nowMs) })}
          {status.state === 'expired' && t('silences.ended', { ago: formats.ago(endsMs, nowMs) })}
        </span>
      </div>
      <div className="break">
        {createdBy !== '' && <strong>{createdBy}</strong>} {comment}
      </div>
      <div className="dim num">
        {formats.short(startsMs)} – {formats.short(endsMs)}
      </div>
      <div className="group-card-actions">
        <SilenceActions silence={silence} />
        <ScreenLink to="/alerts" with={{ filter: matchersText(matchers.map(fromSilence)) }}>
          {t('silences.showAlerts')}
        </ScreenLink>
        <span className="dim mono silence-id">{id.slice(0, 8)}</span>
      </div>
    </li>
  );
}

function SilenceActions({ silence }: Pick<Props, 'silence'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { busy, run } = useAction();
  const toast = useToast();
  const client = useQueryClient();
  const { id, status, matchers, startsAt, endsAt, createdBy, comment } = silence;
  const changed = (text: string): void => {
    toast(text);
    void client.invalidateQueries({ queryKey: silencesKey });
  };
  const button = { size: 'compact-sm', variant: 'default', disabled: busy } as const;
  const edit = (
    <Button {...button} onClick={() => goTo(silencePage, { id })}>
      {status.state === 'expired' ? t('silences.again') : t('silences.edit')}
    </Button>
  );
  if (status.state === 'expired') return edit;
  const later = Date.parse(endsAt) + hourMs;
  const longer = { id, matchers, startsAt, endsAt: new Date(later).toISOString(), createdBy, comment };
  return (
    <>
      <Button
        {...button}
        onClick={() =>
          run(
            () => keepSilence(longer),
            () => changed(t('silences.extended', { time: formats.short(later) })),
          )
        }
      >
        {t('silences.extend')}
      </Button>
      {edit}
      <Button
        {...button}
        color="red"
        onClick={() =>
          run(
            () => expireSilence(id),
            () => changed(t('silences.expired')),
          )
        }
      >
        {t('silences.expire')}
      </Button>
    </>
  );
}
