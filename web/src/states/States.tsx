import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCopy, IconHistory, IconInbox, IconInfoCircle } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCopy } from '../app/Toasts.tsx';
import type { ApiFailure } from '../data/http.ts';
import { useFormats } from '../i18n/format.ts';
import type { Answer } from './useAnswer.ts';

/** A skeleton that says how long it has been waiting and lets one stop it. */
export function Loading({ onCancel, height = 120 }: { readonly onCancel?: () => void; readonly height?: number }) {
  const { t } = useTranslation();
  const [tenths, setTenths] = useState(0);
  useEffect(() => {
    const started = performance.now();
    const timer = setInterval(() => setTenths(Math.floor((performance.now() - started) / 100)), 100);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="state state-loading" style={{ minHeight: height }} aria-busy="true">
      {tenths >= 3 && (
        <span className="state-line" role="status">
          {t('states.loading')}{' '}
          <span className="num">{t('states.elapsed', { seconds: (tenths / 10).toFixed(1) })}</span>
          {onCancel !== undefined && (
            <Button size="compact-xs" variant="default" onClick={onCancel}>
              {t('states.cancel')}
            </Button>
          )}
        </span>
      )}
    </div>
  );
}

export function Empty({
  title,
  children,
  height = 120,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly height?: number;
}) {
  return (
    <div className="state" style={{ minHeight: height }}>
      <IconInbox size={22} className="state-icon" aria-hidden />
      <div className="state-title">{title}</div>
      {children !== undefined && <div className="state-line">{children}</div>}
    </div>
  );
}

/** Why there is no answer; `title` where more is known than that the request failed. */
export function Failure({
  failure,
  title,
  onRetry,
  height = 120,
}: {
  readonly failure: ApiFailure;
  readonly title?: string;
  readonly onRetry?: () => void;
  readonly height?: number;
}) {
  const { t } = useTranslation();
  const copy = useCopy();
  const said = title ?? (failure.status === 0 ? t('states.unreachable') : t('states.failed'));
  const text =
    failure.status === 0
      ? t('states.unreachableHint')
      : failure.code === 'bad_answer'
        ? `${t('states.badAnswer')} ${failure.message}`
        : failure.message;
  return (
    <div className="state" style={{ minHeight: height }} role="alert">
      <IconAlertTriangle size={22} className="state-icon tone-error" aria-hidden />
      <div className="state-title">{said}</div>
      <div className="state-message">{text}</div>
      {failure.setting !== null && <code>{t('states.setting', { setting: failure.setting })}</code>}
      <div className="state-line">
        {onRetry !== undefined && (
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            {t('states.retry')}
          </Button>
        )}
        {failure.requestId !== '' && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            leftSection={<IconCopy size={12} aria-hidden />}
            aria-label={t('states.copyId')}
            onClick={() => copy(failure.requestId, t('states.copiedId'))}
          >
            {t('states.requestId', { id: failure.requestId.slice(0, 12) })}
          </Button>
        )}
      </div>
    </div>
  );
}

/** One line above a result: something is missing from it. */
export function PartialNote({ warnings }: { readonly warnings: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <div className="note tone-warning" role="status">
      <IconInfoCircle size={14} aria-hidden />
      <span>{[t('states.partial'), ...warnings].join(' · ')}</span>
    </div>
  );
}

/** One line above a result: it is of an earlier time. */
export function StaleNote({ dataMs }: { readonly dataMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <div className="note tone-warning" role="status">
      <IconHistory size={14} aria-hidden />
      <span>{t('states.stale', { age: formats.ago(dataMs, Date.now()) })}</span>
    </div>
  );
}

interface AnsweredProps<T> {
  readonly answer: Answer<T>;
  readonly height?: number;
  readonly children: (data: T) => ReactNode;
}

/** Shows an answer in whichever state it is: waiting, cancelled, failed, stale or here. */
export function Answered<T>({ answer, height = 120, children }: AnsweredProps<T>) {
  const { t } = useTranslation();
  if (answer.data !== undefined) {
    return (
      <>
        {answer.failure !== null && <StaleNote dataMs={answer.dataMs} />}
        {children(answer.data)}
      </>
    );
  }
  if (answer.failure !== null) return <Failure failure={answer.failure} onRetry={answer.retry} height={height} />;
  if (answer.cancelled) {
    return (
      <Empty title={t('states.cancelled')} height={height}>
        <Button size="compact-xs" variant="default" onClick={answer.retry}>
          {t('states.retry')}
        </Button>
      </Empty>
    );
  }
  return <Loading onCancel={answer.cancel} height={height} />;
}
